"""A screen as lines of a terminal: the colour says whether it is safe to go on, in Japanese with English beside."""

from station.bench.core.screen import Screen

_COLOURS = {"go": "42;30", "wait": "43;30", "stop": "41;97"}
"""Green, amber, red: SGR codes of ECMA-48."""


def drawn(screen: Screen, *, colour: bool) -> str:
    """A screen as text of a few lines."""
    banner = f" {screen.japanese} "
    head = f"\x1b[{_COLOURS[screen.tone]}m{banner}\x1b[0m" if colour else f"[{screen.tone.upper()}]{banner}"
    lines = [head] if screen.english == screen.japanese else [head, f"   {screen.english}"]
    if screen.order:
        marked = f" 再発行 {screen.reprint}" if screen.reprint else ""
        lines.append(f"   注文 {screen.order} 第{screen.revision}版{marked}")
    if screen.packer or screen.supervisor:
        who = [f"{what} {name}" for what, name in (("担当者", screen.packer), ("責任者", screen.supervisor)) if name]
        lines.append(f"   {'、'.join(who)}")
    if screen.entered:
        lines.append(f"   {screen.entered}")
    lines.extend(
        f"   {f'[{line.number}] ' if line.number else ''}{_tick(line.counted, line.quantity)} "
        f"{line.counted}/{line.quantity} {line.name}"
        for line in screen.lines
    )
    lines.extend(f"   ! {note}" for note in screen.notes)
    lines.extend(f"   ■ 保留: {hold}" for hold in screen.holds)
    if screen.paper_near_end and screen.printer == "ready":
        lines.append("   用紙残りわずか / paper near its end")
    if screen.printer != "ready" and screen.session == "doubting":
        lines.append(f"   プリンター: {screen.printer} / printer: {screen.printer}")
    if screen.unsent > 1:
        lines.append(f"   未送信の記録: {screen.unsent}件 / records unsent")
    return "\n".join(lines)


def _tick(counted: int, quantity: int) -> str:
    return "✓" if counted == quantity else "·"
