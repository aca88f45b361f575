/** The constant shell of a depot: one node hands files to the others, with nothing but systemd, a shell and coreutils. */
import {downloadShell} from '../steps/kinds/download.ts';

const opening = `set -uf
umask 077
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
`;
const folder = '/var/lib/kubestrap/depot';
const here = '/run/kubestrap/depot';
const units = '/run/systemd/system/kubestrap-depot';

/** `sh -c weighScript sh`: the bytes that a depot of an earlier run has here. Makes nothing. */
export const weighScript = `${opening}if [ -d ${folder} ]; then du -sb ${folder} | cut -f 1; else echo 0; fi`;

/**
 * One connection, on stdin and stdout: \`GET /sha256/HEX\` of HTTP/1.0, from a byte on if that is asked. Only for the addresses in its arguments
 * (systemd filters too where it can), only names of 64 hex digits, and a name is only there when its bytes were compared with it.
 */
export const serveScript = String.raw`${opening}
cr=$(printf '\r')
answer() { printf 'HTTP/1.0 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$1"; exit 0; }
allowed=
for address; do if [ "$address" = "${'$'}{REMOTE_ADDR:-}" ]; then allowed=yes; fi; done
[ -n "$allowed" ] || answer '403 Forbidden'
IFS=' ' read -r method target version || exit 0
from=0 lines=0
while IFS= read -r line; do
	line=${'$'}{line%"$cr"}
	[ -n "$line" ] || break
	lines=$((lines + 1))
	[ $lines -le 50 ] || answer '431 Request Header Fields Too Large'
	case $line in [Rr]ange:*bytes=[0-9]*-) from=${'$'}{line##*bytes=}; from=${'$'}{from%-} ;; esac
done
case $method in GET | HEAD) ;; *) answer '405 Method Not Allowed' ;; esac
name=${'$'}{target#/sha256/}
[ "$target" = "/sha256/$name" ] && [ ${'$'}{#name} -eq 64 ] || answer '404 Not Found'
case $name in *[!0-9a-f]*) answer '404 Not Found' ;; esac
case $from in 0?* | *[!0-9]* | ????????????????*) answer '400 Bad Request' ;; esac
size=$(stat -c %s -- "${folder}/$name" 2>/dev/null) || answer '404 Not Found'
if [ "$from" -eq 0 ]; then status='200 OK'
elif [ "$from" -lt "$size" ]; then status='206 Partial Content'
else answer '416 Range Not Satisfiable'
fi
printf 'HTTP/1.0 %s\r\nContent-Type: application/octet-stream\r\nContent-Length: %s\r\nAccept-Ranges: bytes\r\n' "$status" "$((size - from))"
[ "$from" -eq 0 ] || printf 'Content-Range: bytes %s-%s/%s\r\n' "$from" "$((size - 1))" "$size"
printf 'Connection: close\r\n\r\n'
[ "$method" = GET ] || exit 0
if [ "$from" -eq 0 ]; then exec cat -- "${folder}/$name"; fi
exec tail -c "+$((from + 1))" -- "${folder}/$name"
`;

const clear = `
systemctl stop kubestrap-depot.socket 'kubestrap-depot@*.service' 2>/dev/null
rm -rf ${units}.socket ${units}@.service ${here}
systemctl daemon-reload
`;

/**
 * \`sh -c startScript sh ADDRESS PORT ALLOWED…\`, the serving script on stdin: opens the socket, once. It closes by itself when the operator is
 * gone, whose life the session's lock tells. Exit code 72: the socket could not be opened, perhaps because the port is taken.
 */
export const startScript = String.raw`${opening}
for address in "$1" "${'$'}{@}"; do case $address in *[!0-9a-fA-F:.]*) echo "$address is no address" >&2; exit 64 ;; esac; done
case $1 in *:*) listen="[$1]:$2" ;; *) listen=$1:$2 ;; esac
shift 2
if systemctl is-active -q kubestrap-depot.socket && [ "$(cat ${here}/for 2>/dev/null)" = "$listen $*" ]; then exit 0; fi
${clear}
mkdir -p -m 0700 ${folder} /run/kubestrap
mkdir -m 0700 ${here} && cat >${here}/serve || exit 73
printf '%s\n' '[Unit]' 'Description=kubestrap: files of a bundle for the other nodes of a run' '[Socket]' "ListenStream=$listen" \
	'Accept=yes' 'Backlog=256' 'MaxConnections=512' 'TriggerLimitIntervalSec=0' 'IPAddressDeny=any' "IPAddressAllow=$*" >${units}.socket
printf '%s\n' '[Unit]' 'Description=kubestrap: a file of a bundle for another node' 'CollectMode=inactive-or-failed' '[Service]' \
	"ExecStart=/bin/sh ${here}/serve $*" 'StandardInput=socket' 'StandardOutput=socket' 'StandardError=null' 'RuntimeMaxSec=7200' \
	'NoNewPrivileges=yes' 'CapabilityBoundingSet=' 'MemoryMax=64M' >${units}@.service
systemctl daemon-reload
if ! systemctl start kubestrap-depot.socket; then
	${clear}
	exit 72
fi
echo "$listen $*" >${here}/for
systemd-run -q --collect --unit=kubestrap-depot-end-$$ -p RuntimeMaxSec=86400 /bin/sh -c 'flock /var/lib/kubestrap/session.lock true
[ "$(cat ${here}/for 2>/dev/null)" = "$1" ] || exit 0${clear}' sh "$listen $*"
`;

/** \`sh -c closeScript sh keep|drop\`: nothing is served any more; \`drop\`: nothing is kept for another run either. */
export const closeScript = `${opening}
if [ -e ${units}.socket ]; then
	systemctl stop 'kubestrap-depot-end-*.service' 2>/dev/null
	${clear}
fi
if [ "$1" = drop ]; then rm -rf ${folder}; fi
`;

/** \`sh -c shareScript sh SHA256\`: what is in the depot of this very node is its own too. */
export const shareScript = `${opening}cd /var/lib/kubestrap && mkdir -p artifacts && ln -f "depot/$1" "artifacts/$1"`;

/**
 * \`sh -c takeScript sh SHA256 SIZE curl|wget|none URL\`: takes a file from another node, and lays it where the program looks for it, which compares
 * its digest before it uses it. Exit code 67: the other node gave nothing.
 */
export const takeScript = `${opening}${downloadShell}
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
say() { :; }
cd /var/lib/kubestrap/artifacts || exit 73
[ ! -e "$1" ] || exit 0
sha=$1 size=$2 tool=$3 bytes=$PWD/$1.taken.$$
set +f
rm -f "$sha".taken.*
set -f
download "$4" || exit 67
mv "$bytes" "$sha"
`;
