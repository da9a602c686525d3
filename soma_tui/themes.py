"""SOMA's own themes: one accent colour on quiet surfaces, dark, light, and for few colours."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="soma-dark",
    dark=True,
    primary="#5fb3a3",
    secondary="#7d8f99",
    accent="#5fb3a3",
    foreground="#d7dadc",
    background="#15181b",
    surface="#1a1e22",
    panel="#20252a",
    success="#7fb77e",
    warning="#d0a45c",
    error="#d9736f",
    variables={
        "border": "#5fb3a3",
        "border-blurred": "#343b42",
        "block-cursor-background": "#2c4a47",
        "block-cursor-foreground": "#eef1f2",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#272d33",
        "input-selection-background": "#5fb3a3 30%",
        "scrollbar": "#343b42",
        "scrollbar-hover": "#48525b",
        "scrollbar-active": "#5fb3a3",
        "scrollbar-background": "#15181b",
        "scrollbar-background-hover": "#15181b",
        "scrollbar-background-active": "#15181b",
    },
)

LIGHT = Theme(
    name="soma-light",
    dark=False,
    primary="#0f6b5f",
    secondary="#56636b",
    accent="#0f6b5f",
    foreground="#1c2326",
    background="#fbfaf7",
    surface="#f4f2ed",
    panel="#eae7e0",
    success="#2d6a31",
    warning="#8a5a00",
    error="#a8322d",
    variables={
        "border": "#0f6b5f",
        "border-blurred": "#c9c5bb",
        "block-cursor-background": "#cfe5e0",
        "block-cursor-foreground": "#10201d",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#e3e0d8",
        "input-selection-background": "#0f6b5f 25%",
        "scrollbar": "#c9c5bb",
        "scrollbar-hover": "#aba79c",
        "scrollbar-active": "#0f6b5f",
        "scrollbar-background": "#fbfaf7",
        "scrollbar-background-hover": "#fbfaf7",
        "scrollbar-background-active": "#fbfaf7",
    },
)

PLAIN = Theme(
    name="soma-terminal",
    ansi=True,
    dark=True,
    primary="ansi_cyan",
    secondary="ansi_default",
    accent="ansi_cyan",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    variables={
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "text-primary": "ansi_cyan",
        "text-warning": "ansi_yellow",
        "text-error": "ansi_red",
        "border": "ansi_cyan",
        "border-blurred": "ansi_default",
        "block-cursor-background": "ansi_cyan",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-text-style": "underline",
        "input-cursor-text-style": "reverse",
        "input-selection-background": "ansi_cyan",
        "input-selection-foreground": "ansi_black",
        "scrollbar": "ansi_default",
        "scrollbar-hover": "ansi_cyan",
        "scrollbar-active": "ansi_cyan",
        "scrollbar-background": "ansi_default",
        "scrollbar-background-hover": "ansi_default",
        "scrollbar-background-active": "ansi_default",
    },
)
"""The terminal's own colours, whatever they are: for 16 colours, and readable with none (the line
under a highlighted row is what is left then)."""

OWN = {theme.name: theme for theme in (DARK, LIGHT, PLAIN)}
