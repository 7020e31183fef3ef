"""Linear attenuation at the effective energy of a filtered 110–125 kV beam, about 60 keV, per mm.

Rounded from the NIST X-ray mass attenuation tables (water 0.206 cm²/g, cortical bone 0.315 cm²/g at 60 keV);
lung at a density of 0.25 g/cm³.
"""

SOFT = 0.0205
LUNG = 0.0051
BONE_OVER_SOFT = 0.0375
METAL = 1.2
