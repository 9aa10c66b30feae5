#!/bin/sh
# The static analyser of clang and its warnings find nothing: a second compiler reads every file.
cd "$(dirname "$0")/../.." || exit 2
flags="-I. -D_GNU_SOURCE -std=c17 $(pkg-config --cflags libpq jansson libcrypto libevent libnghttp2 libcurl smartcols) -DVERSION=\"\" -DSOURCEDIR=\"\" -DSHAREDIR=\"\" -DLOCALEDIR=\"\""
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wundef -Wformat=2 -Wpointer-arith -Wcast-align -Wwrite-strings'
export flags warnings

found=$(printf '%s\n' wire/*.c audit/*.c daemon/*.c client/*.c | xargs -P 2 -n 4 sh -c '
	for file; do
		clang $flags $warnings -fsyntax-only "$file" 2>&1
		clang $flags --analyze -Xclang -analyzer-output=text "$file" -o /dev/null 2>&1
	done' analyse)
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
