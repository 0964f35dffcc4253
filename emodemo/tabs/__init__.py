"""One tab of the page, one module: ``create_x_tab(services)`` lays out first and wires last."""
