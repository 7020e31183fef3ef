"""Public data sets: what there is, where it lies, under which licence; downloaded, checked, unpacked."""
