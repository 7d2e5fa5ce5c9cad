#!/bin/sh
# The browser tests drive the system's Chromium, and look at Chinese text. As root on Debian
# or Ubuntu both are installed where they are missing; elsewhere one sentence says what to do.
set -eu

have_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$name" >/dev/null 2>&1; then return 0; fi
    done
    [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] ||
        [ -x "/Applications/Chromium.app/Contents/MacOS/Chromium" ]
}

have_chinese_font() {
    # macOS brings Chinese fonts with it.
    [ "$(uname)" = Darwin ] || [ -n "$(fc-list :lang=zh family 2>/dev/null)" ]
}

if have_browser && have_chinese_font; then exit 0; fi

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing Chromium and a Chinese font for the browser tests"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends chromium fontconfig fonts-noto-cjk >/dev/null
    if have_browser && have_chinese_font; then exit 0; fi
fi

echo "The browser tests need Chromium and a Chinese font: install them (on Debian: apt-get install chromium fonts-noto-cjk), or run make test-unit." >&2
exit 1
