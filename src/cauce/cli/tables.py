"""Tables of the command line."""

from collections.abc import Sequence


def text_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A rich table as text, as wide as its content."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(*header, box=box.SIMPLE_HEAD, show_header=any(header), pad_edge=False)
    for row in rows:
        table.add_row(*row)
    console = Console(width=200, no_color=True, highlight=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip()
