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
import {epilogue, prologue} from './script.ts';

/** Sends datagrams and connects, all at once; `$1` is the folder for answers. Holds no single quote. */
const askers = String.raw`
t=$1 nonce=$2 self=$3 mtu=$4
shift 4
asked=0
for item; do
	case $item in ask=*) ;; *) continue ;; esac
	IFS="|" read -r to address port <<<"${'$'}{item#ask=}"
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
pad() { # the datagram for a packet of so many bytes
	local head="kubestrap $nonce $self $1 " size=$(($1 - overhead - 1))
	printf -v datagram "%-${'$'}{size}s" "$head"
}
for round in 1 2 3; do
	for item; do
		case $item in send=*) ;; *) continue ;; esac
		IFS="|" read -r to address port <<<"${'$'}{item#send=}"
		overhead=28
		case $address in *:*) overhead=48 ;; esac
		for size in 100 1400 $mtu; do
			pad "$size"
			if [ "$size" -lt 4000 ]; then printf "%s\n" "$datagram" >"/dev/udp/$address/$port"
			else printf "%s\n" "$datagram" >"$t/datagram" && dd if="$t/datagram" bs=65536 count=1 >"/dev/udp/$address/$port"
			fi 2>/dev/null
		done
	done
	[ "$round" = 3 ] || read -r -t 0.15 <>"$t/quiet"
done
wait
`;

/** What a node finds out by itself; it runs while others get ready. */
const alone = String.raw`
nearest() { # the folder, or the nearest one that is there
	where=$1
	while [ ! -d "$where" ]; do where=${'$'}{where%/*}; where=${'$'}{where:-/}; done
}
own() { # a folder of our own in $where, for what is written
	made=$(mktemp -d "$where/.kubestrap-preflight.XXXXXXXX" 2>"$t/why/$1") || return 1
	printf '%s\n' "$made" >>"$t/made"
}
blame() { read -r why <"$t/why/$1"; printf '%s\t%s\n' "$where" "${'$'}{why##*: }"; }
written() { # write, fsync, rename, read back: once in each file system
	for item; do
		shift
		case $item in write=*) nearest "${'$'}{item#write=}"; set -- "$@" "$where" ;; esac
	done
	[ $# -gt 0 ] || return 0
	seen=' '
	stat -c '%m %n' -- "$@" >"$t/mounts"
	while read -r mount where; do
		case $seen in *" $mount "*) continue ;; esac
		seen="$seen$mount "
		if ! own write; then blame write; continue; fi
		if echo "$nonce" | dd of="$made/one" conv=fsync 2>"$t/why/write" && mv "$made/one" "$made/two" 2>"$t/why/write"; then
			read -r back <"$made/two"
			if [ "$back" = "$nonce" ]; then printf '%s\tok\n' "$where"; else printf '%s\twhat was read back is not what was written\n' "$where"; fi
		else blame write
		fi
		rm -rf "$made"
	done <"$t/mounts"
}
synced() { # as etcd writes its log: 40 small writes, each waited for; once more, twice at most, when the disk was perhaps only busy
	for item; do
		case $item in sync=*) nearest "${'$'}{item#sync=}" ;; *) continue ;; esac
		own sync || continue
		for round in 1 2 3; do
			n=0 slow=0
			while [ "$n" -lt 40 ]; do
				n=$((n + 1))
				took=$(dd if=/dev/zero of="$made/log" bs=2300 count=1 oflag=dsync,append conv=notrunc 2>&1) || break 2
				took=${'$'}{took##*copied, }
				took=${'$'}{took%% s*}
				printf '%s %s\n' "$round" "$took"
				case $took in 0.00* | *e-*) ;; *) slow=$((slow + 1)) ;; esac
			done
			[ "$slow" -gt 1 ] || break
		done
		rm -rf "$made"
	done
}
reached() { # N URL PROXY: what answers there, whatever it answers
	case $2 in https://*) secure=1 ;; *) secure= ;; esac
	rest=${'$'}{2#*://} host=${'$'}{2#*://} host=${'$'}{host%%/*}
	if command -v curl >/dev/null; then
		answer=$(curl -skS -o /dev/null -w '%{http_code}' ${'$'}{3:+-x "$3"} --connect-timeout 4 -m 6 -- "$2" 2>&1)
	elif command -v wget >/dev/null; then
		answer=$(http_proxy=$3 https_proxy=$3 timeout 6 wget -q --no-check-certificate -S -O /dev/null "$2" 2>&1 | sed -n 's/.*HTTP\/[0-9.]* \([0-9]*\).*/\1/p; $p' | head -n 1)
	elif command -v bash >/dev/null; then
		answer=$(timeout 6 bash -c 'via=$3; via=${'$'}{via#*://}; at=${'$'}{via:-$1}; at=${'$'}{at%%/*}; port=80
			[ -n "$4" ] && [ -z "$via" ] && port=443
			case $at in *:*) port=${'$'}{at##*:}; at=${'$'}{at%:*} ;; esac
			exec 5<>"/dev/tcp/$at/$port" || exit
			if [ -n "$4" ] && [ -z "$via" ]; then echo open; exit; fi
			case $1 in *:*) to=$1 ;; *) to=$1:443 ;; esac
			if [ -n "$4" ]; then printf "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" "$to" "$to"
			elif [ -n "$via" ]; then printf "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" "$2" "$1"
			else path=/${'$'}{2#*://*/}; printf "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" "$path" "$1"
			fi >&5
			read -r version status rest <&5 && echo "$status"' bash "$host" "$2" "$3" "$secure" 2>&1)
	else answer='no tool'
	fi
	answer=$(printf %s "${'$'}{answer:-no answer within 6 s}" | tr '\n\t' '  ')
	answer=${'$'}{answer#bash: }
	printf '%s\t%.300s\n' "$1" "${'$'}{answer%% bash: *}" >>"$t/out/reached"
}
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
	while read -r made; do rm -rf "$made"; done <"$t/made"
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
	rules=1) { nft list ruleset 2>/dev/null | grep -E 'drop|reject' || iptables-nft-save 2>/dev/null | grep -E -e '-j (DROP|REJECT)|^:INPUT DROP'; } 2>/dev/null | head -n 200 >"$t/out/rules" 4<&- & ;;
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
		timeout 60 systemd-socket-activate -a --inetd -l "$at" /bin/echo "kubestrap $nonce $self" >/dev/null 2>&1 4<&- &
	else
		timeout 60 systemd-socket-activate -d -l "$at" /bin/sh -c 'exec cat <&3 >>"$0"' "$t/heard" >/dev/null 2>&1 4<&- &
	fi
	echo $! >>"$t/pids"
	echo "$kind $port $at" >>"$t/wanted"
done
n=0
while [ -e "$t/wanted" ] && [ $n -lt 60 ]; do
	ss -Hlntu >"$t/sockets"
	missing=
	while read -r kind port at; do grep -qF " $at " "$t/sockets" || missing=1; done <"$t/wanted"
	[ -n "$missing" ] || break
	n=$((n + 1)); sleep 0.05
done
[ ! -e "$t/wanted" ] || while read -r kind port at; do
	if grep -qF " $at " "$t/sockets"; then echo "$kind $port ours"; else echo "$kind $port failed"; fi
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
