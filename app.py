"""Start the demo: settings → services → ui → launch."""

import sys

from emodemo.errors import EXPECTED
from emodemo.recovery import start_services
from emodemo.settings import Settings
from emodemo.ui import create_ui, launch


def main() -> None:
    try:
        services = start_services(Settings.load())
        launch(create_ui(services), services)
    except EXPECTED as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
