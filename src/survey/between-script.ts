/**
 * The second look, as one constant POSIX sh script: what machines are for each other. One exec per node; it tells on stdout when its listeners
 * stand, waits for a line on stdin until all nodes' do, asks the others, waits until all have asked, and answers in frames (script.ts).
 *
 * Nothing of the machine's is changed. Listeners are `systemd-socket-activate` (a program of systemd itself, no unit, no file) and end with the
 * script, or after a minute whatever happens; what must be written to be known is written into folders of its own, which are gone at the end.
 *
 * Arguments after the nonce, numbers stand for nodes: `self=N`, `mtu=BYTES`, `idle=1` (no listener of its own), `tcp=ADDRESS|PORT` and `udp=ADDRESS|PORT` (listen),
 * `ask=N|ADDRESS|PORT` (connect), `send=N|ADDRESS|PORT` (datagrams), `ping=N|ADDRESS|BYTES`, `write=FOLDER`, `sync=FOLDER`,
 * `url=N|URL|PROXY`, `resolve=NAME`, `rules=1`.
 */
import {alone} from './between-alone.ts';
import {epilogue, prologue} from './script.ts';

/** Sends datagrams and connects, all at once; `$1` is the folder for answers. Holds no single quote. */
const askers = String.raw`
t=$1 nonce=$2 self=$3 mtu=$4
shift 4
parts() { # N|ADDRESS|PORT, without a process or a file
	to=${'$'}{1%%|*} port=${'$'}{1##*|} address=${'$'}{1#*|}
	address=${'$'}{address%|*}
}
for item; do
	case $item in ask=*) ;; *) continue ;; esac
	parts "${'$'}{item#ask=}"
	(
		if { exec 5<>"/dev/tcp/$address/$port"; } 2>"$t/why/$to.$port"; then
			IFS= read -r -t 1 line <&5
			printf "%s %s open %.80s\n" "$to" "$port" "$line" >>"$t/out/asked"
		else
			read -r line <"$t/why/$to.$port"
			printf "%s %s failed %.200s\n" "$to" "$port" "${'$'}{line##*: }" >>"$t/out/asked"
		fi
	) 2>/dev/null &
done
pad() { # SIZE OVERHEAD: the datagram for a packet of so many bytes
	local head="kubestrap $nonce $self $1 " size=$(($1 - $2 - 1))
	printf -v datagram "%-${'$'}{size}s" "$head"
}
lay() { # OVERHEAD: the three of them
	pad 100 "$1" && small=$datagram
	pad 1400 "$1" && middle=$datagram
	pad "$mtu" "$1" && large=$datagram
	[ "$mtu" -lt 4000 ] || printf "%s\n" "$large" >"$t/datagram.$1"
}
set -f
# One socket for the three: the largest comes last, so what the way says to it is not heard before the others.
for overhead in 28 48; do
	for item; do
		case $item in send=*) parts "${'$'}{item#send=}" ;; *) continue ;; esac
		case $address in *:*) [ "$overhead" = 48 ] || continue ;; *) [ "$overhead" = 28 ] || continue ;; esac
		ways[overhead]="${'$'}{ways[overhead]-} /dev/udp/$address/$port"
	done
done
for round in 1 2 3; do
	for overhead in 28 48; do
		[ -n "${'$'}{ways[overhead]-}" ] || continue
		lay "$overhead"
		for way in ${'$'}{ways[overhead]}; do
			{
				printf "%s\n" "$small"
				printf "%s\n" "$middle"
				if [ "$mtu" -lt 4000 ]; then printf "%s\n" "$large"; else dd if="$t/datagram.$overhead" bs=65536 count=1; fi
			} 2>/dev/null >"$way"
		done
	done
	[ "$round" = 3 ] || read -r -t 0.15 <>"$t/quiet"
done
wait
`;

export const betweenScript = [
	'exec 4<&0\n',
	prologue,
	'ulimit -f 8192\n',
	alone,
	String.raw`
mkdir "$t/why" || exit 1
: >"$t/pids" >"$t/made" >"$t/out/listening" >"$t/out/asked" >"$t/heard" >"$t/out/reached"
mkfifo "$t/quiet" || exit 1
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
end() {
	while read -r pid; do kill "$pid"; done <"$t/pids" 2>/dev/null
	while read -r made; do [ ! -e "$made" ] || rm -rf "$made"; done <"$t/made"
	rm -rf "$t"
}
trap end EXIT
self=0 mtu= idle=
for item; do case $item in self=*) self=${'$'}{item#self=} ;; mtu=*) mtu=${'$'}{item#mtu=} ;; idle=1) idle=1 ;; esac; done
written "$@" >"$t/out/written" 2>/dev/null 4<&- &
synced "$@" >"$t/out/synced" 2>/dev/null 4<&- &
for item; do
	case $item in url=*) ;; *) continue ;; esac
	IFS='|' read -r number url proxy <<end
${'$'}{item#url=}
end
	reached "$number" "$url" "$proxy" </dev/null >/dev/null 2>&1 4<&- &
done
for item; do
	case $item in
	resolve=*) { timeout 4 getent ahosts "${'$'}{item#resolve=}" >/dev/null; printf '%s\t%s\n' "$?" "${'$'}{item#resolve=}" >>"$t/out/resolved"; } >/dev/null 2>&1 4<&- & ;;
	# What nft has listed is all that there is; only where it could not, another tool is asked.
	rules=1) { { nft list ruleset 2>/dev/null && : >"$t/listed"; } | grep -E 'drop|reject' || [ -e "$t/listed" ] || iptables-nft-save 2>/dev/null | grep -E -e '-j (DROP|REJECT)|^:INPUT DROP'; } 2>/dev/null | head -n 200 >"$t/out/rules" 4<&- & ;;
	ping=*) IFS='|' read -r number address size <<end
${'$'}{item#ping=}
end
		command -v ping >/dev/null || continue
		{ ping -n -q -M "do" -c 2 -i 0.3 -W 2 -s "$size" "$address" >/dev/null 2>&1; printf '%s %s %s\n' "$number" "$size" "$?" >>"$t/out/pinged"; } >/dev/null 2>&1 4<&- & ;;
	esac
done
taken=$(ss -Hlntu)
for item; do
	case $item in tcp=*) kind=tcp ;; udp=*) kind=udp ;; *) continue ;; esac
	address=${'$'}{item#???=} port=${'$'}{item##*|}
	address=${'$'}{address%|*}
	case $address in *:*) at="[$address]:$port" ;; *) at=$address:$port ;; esac
	case $taken in *" $at "* | *"$kind "*" *:$port "* | *"$kind "*" 0.0.0.0:$port "* | *"$kind "*" [::]:$port "*)
		case $(ss -Hln --$kind "sport = :$port") in *:"$port "*) echo "$kind $port served" >>"$t/out/listening"; continue ;; esac ;;
	esac
	if [ -n "$idle" ] || ! command -v systemd-socket-activate >/dev/null; then echo "$kind $port none" >>"$t/out/listening"; continue; fi
	if [ $kind = tcp ]; then
		# It leaves the end to the other side: a port that was closed here first could not be taken by everybody for a minute.
		timeout 60 systemd-socket-activate -a --inetd -l "$at" /bin/sh -c 'echo "$0"; read -r end' "kubestrap $nonce $self" >/dev/null 2>&1 4<&- &
	else
		timeout 60 systemd-socket-activate -d -l "$at" /bin/sh -c 'exec cat <&3 >>"$0"' "$t/heard" >/dev/null 2>&1 4<&- &
	fi
	echo $! >>"$t/pids"
	echo "$kind $port $at" >>"$t/wanted"
done
n=0
while [ -e "$t/wanted" ] && [ $n -lt 60 ]; do
	taken=$(ss -Hlntu)
	missing=
	while read -r kind port at; do case $taken in *" $at "*) ;; *) missing=1 ;; esac; done <"$t/wanted"
	[ -n "$missing" ] || break
	n=$((n + 1)); sleep 0.05
done
[ ! -e "$t/wanted" ] || while read -r kind port at; do
	case $taken in *" $at "*) echo "$kind $port ours" ;; *) echo "$kind $port failed" ;; esac
done <"$t/wanted" >>"$t/out/listening"
printf 'ready %s\n' "$nonce"
[ -n "$(timeout 70 head -n 1 <&4)" ] || exit 1
if ! command -v bash >/dev/null; then echo none >"$t/out/tool"
else timeout 6 bash -c '`,
	askers,
	String.raw`' bash "$t" "$nonce" "$self" "$mtu" "$@" 4<&-
fi
printf 'asked %s\n' "$nonce"
[ -n "$(timeout 70 head -n 1 <&4)" ] || exit 1
tr -s ' ' <"$t/heard" | sort -u >"$t/out/heard"
while read -r pid; do kill "$pid"; done <"$t/pids" 2>/dev/null
`,
	epilogue,
].join('');
