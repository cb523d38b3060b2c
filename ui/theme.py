"""Look of the screens: sober, fonts served by this machine, light and dark."""

from __future__ import annotations

import gradio as gr

BLUE = gr.themes.Color(
    name="bleu",
    c50="#f1f6fb",
    c100="#dfebf6",
    c200="#bdd6ec",
    c300="#8fb9dd",
    c400="#5f98c8",
    c500="#3a78ae",
    c600="#255f95",
    c700="#1c4b78",
    c800="#173c60",
    c900="#112c47",
    c950="#0b1d30",
)
SLATE = gr.themes.Color(
    name="ardoise",
    c50="#f7f8fa",
    c100="#eef1f4",
    c200="#dde2e8",
    c300="#c3cbd5",
    c400="#8e9aa8",
    c500="#657283",
    c600="#4b5766",
    c700="#37414e",
    c800="#222a34",
    c900="#171d25",
    c950="#0f141a",
)


def theme() -> gr.themes.Base:
    """The theme; the rest of the look is in `static/assistant.css`."""
    fonts = [
        # The only family Gradio ships with every letter French needs, in two weights.
        gr.themes.LocalFont("Source Sans Pro", weights=(400, 700)),
        gr.themes.Font("Segoe UI"),
        gr.themes.Font("Noto Sans"),
        gr.themes.Font("sans-serif"),
    ]
    base = gr.themes.Base(
        primary_hue=BLUE,
        secondary_hue=BLUE,
        neutral_hue=SLATE,
        font=fonts,
        font_mono=[gr.themes.Font("DejaVu Sans Mono"), gr.themes.Font("monospace")],
        text_size=gr.themes.sizes.text_md,
        radius_size=gr.themes.sizes.radius_sm,
    )
    return base.set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_700",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="*neutral_200",
        input_background_fill="white",
        input_background_fill_dark="*neutral_900",
        # 3:1 against its background, as WCAG 1.4.11 asks of a field's border.
        input_border_color="*neutral_500",
        input_border_color_dark="*neutral_400",
        input_border_color_focus="*primary_600",
        input_border_color_focus_dark="*primary_300",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_700",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
        button_secondary_background_fill="white",
        button_secondary_background_fill_hover="*primary_50",
        button_secondary_background_fill_dark="*neutral_900",
        button_secondary_background_fill_hover_dark="*neutral_800",
        button_secondary_border_color="*neutral_300",
        button_secondary_border_color_dark="*neutral_600",
        button_secondary_text_color="*primary_800",
        button_secondary_text_color_dark="*primary_200",
        link_text_color="*primary_700",
        link_text_color_hover="*primary_800",
        link_text_color_visited="*primary_700",
        link_text_color_dark="*primary_300",
        link_text_color_hover_dark="*primary_200",
        link_text_color_visited_dark="*primary_300",
    )
