"""A bare Gradio app that echoes a text, on the port that its argument names."""

import sys

import gradio as gr

if __name__ == "__main__":
    gr.Interface(str, "text", "text", api_name="echo", analytics_enabled=False).launch(
        server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True, ssr_mode=False
    )
