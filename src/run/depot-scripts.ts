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
 * One connection, on stdin and stdout: \`GET /sha256/HEX\` of HTTP, from a byte on if that is asked, one after the other. Only for the addresses in its
 * arguments (systemd filters too where it can), only names of 64 hex digits, and a name is only there when its bytes were compared with it.
 */
export const serveScript = String.raw`${opening}
cr=$(printf '\r')
answer() { printf 'HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$1"; exit 0; }
allowed=
for address; do if [ "$address" = "${'$'}{REMOTE_ADDR:-}" ]; then allowed=yes; fi; done
[ -n "$allowed" ] || answer '403 Forbidden'
while IFS=' ' read -r method target version; do
	from=0 lines=0 connection=close
	case $version in HTTP/1.1*) connection=keep-alive ;; esac
	while IFS= read -r line; do
		line=${'$'}{line%"$cr"}
		[ -n "$line" ] || break
		lines=$((lines + 1))
		[ $lines -le 50 ] || answer '431 Request Header Fields Too Large'
		case $line in
		[Rr]ange:*bytes=[0-9]*-) from=${'$'}{line##*bytes=}; from=${'$'}{from%-} ;;
		[Cc]onnection:*close*) connection=close ;;
		esac
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
	printf 'HTTP/1.1 %s\r\nContent-Type: application/octet-stream\r\nContent-Length: %s\r\nAccept-Ranges: bytes\r\n' "$status" "$((size - from))"
	[ "$from" -eq 0 ] || printf 'Content-Range: bytes %s-%s/%s\r\n' "$from" "$((size - 1))" "$size"
	printf 'Connection: %s\r\n\r\n' "$connection"
	if [ "$method" = HEAD ]; then :
	elif [ "$from" -eq 0 ]; then cat -- "${folder}/$name" || exit
	else tail -c "+$((from + 1))" -- "${folder}/$name" || exit
	fi
	[ "$connection" != close ] || exit 0
done
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

/** \`sh -c shareScript sh SHA256…\`: what is in the depot of this very node is its own too. */
export const shareScript = `${opening}cd /var/lib/kubestrap && mkdir -p artifacts || exit
for sha; do ln -f "depot/$sha" "artifacts/$sha" || exit; done
`;

/** All over one connection: each one costs the other side a unit of systemd. Holds no single quote. */
const manyScript = String.raw`
address=$1 port=$2
shift 2
exec 3<>"/dev/tcp/$address/$port" || exit 67
while [ $# -gt 0 ]; do
	sha=$1 size=$2
	shift 2
	[ ! -e "$sha" ] || continue
	printf "GET /sha256/%s HTTP/1.1\r\nHost: kubestrap\r\n\r\n" "$sha" >&3
	read -r version status reason <&3 || exit 67
	[ "$status" = 200 ] || exit 67
	length=
	while read -r header <&3 && header=${'$'}{header%?} && [ -n "$header" ]; do
		case $header in [Cc]ontent-[Ll]ength:*) length=${'$'}{header##* } ;; esac
	done
	[ "$length" = "$size" ] || exit 67
	head -c "$size" <&3 >"$sha.taken.$$" && [ "$(stat -c %s "$sha.taken.$$")" = "$size" ] && mv "$sha.taken.$$" "$sha" || exit 67
done
`;

/**
 * \`sh -c takeScript sh ADDRESS PORT curl|wget|none SHA256 SIZE…\`: takes files from another node, and lays them where the program looks for them, which
 * compares their digests before it uses them. Exit code 67: the other node did not give them all.
 */
export const takeScript = `${opening}${downloadShell}
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
say() { :; }
cd /var/lib/kubestrap/artifacts || exit 73
address=$1 port=$2 tool=$3
shift 3
set +f
rm -f -- *.taken.*
set -f
if command -v bash >/dev/null; then
	timeout 10 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$address" "$port" 2>/dev/null || exit 67
	exec bash -c '${manyScript}' bash "$address" "$port" "$@"
fi
case $address in *:*) address="[$address]" ;; esac
while [ $# -gt 0 ]; do
	sha=$1 size=$2 bytes=$PWD/$1.taken.$$
	shift 2
	[ ! -e "$sha" ] || continue
	download "http://$address:$port/sha256/$sha" && mv "$bytes" "$sha" || exit 67
done
`;
