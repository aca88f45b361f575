/** The part of the second look that a node does by itself: its disks, and the places that things come from. */

/** What a node finds out by itself; it runs while others get ready. */
export const alone = String.raw`
nearest() { # the folder, or the nearest one that is there
	where=$1
	while [ ! -d "$where" ]; do where=${'$'}{where%/*}; where=${'$'}{where:-/}; done
}
own() { # a folder of our own in $where, for what is written
	made=$(mktemp -d "$where/.kubestrap-preflight.XXXXXXXX" 2>"$t/why/$1") || return 1
	printf '%s\n' "$made" >>"$t/made"
}
blame() { read -r why <"$t/why/$1"; printf '%s\t%s\n' "$where" "${'$'}{why##*: }"; }
written() { # write, fsync, rename, read back
	for item; do
		case $item in write=*) nearest "${'$'}{item#write=}" ;; *) continue ;; esac
		if ! own write; then blame write; continue; fi
		if echo "$nonce" | dd of="$made/one" conv=fsync 2>"$t/why/write" && mv "$made/one" "$made/two" 2>"$t/why/write"; then
			read -r back <"$made/two"
			if [ "$back" = "$nonce" ]; then printf '%s\tok\n' "$where"; else printf '%s\twhat was read back is not what was written\n' "$where"; fi
		else blame write
		fi
	done
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
