#!/usr/bin/env bash
# Installs into .venv what renders pictures of the simulated store: Anny's bodies and Open3D, 1 GB. `make env` leaves it out.
set -euo pipefail
cd "$(dirname "$0")/../.."
. config/environment/steps.sh
. config/environment/uv.sh
. config/environment/torch.sh

pictures() {
    install_uv
    say "installing anny and open3d into .venv"
    build/uv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --no-deps \
        -r config/environment/pictures.txt
    say "preparing Anny's body; that takes one to three minutes, once"
    .venv/bin/python -c "from storegraph.simulation.rendering.template import template; template()"
}

config/environment/requirements.sh pictures
if ! has_torch; then
    say "pictures need $TORCH; \`make env\` installs it."
    exit 1
fi
step pictures config/environment/{pictures.txt,pictures.sh}
