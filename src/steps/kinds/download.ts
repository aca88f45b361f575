/**
 * How a node gets the bytes of `$bytes` ($size of them) itself: with curl or wget ($tool), resumed where they stopped; without one, bash can
 * speak plain HTTP. Whether they are the right ones is for the digest to say, afterwards.
 */
export const downloadShell = String.raw`
download() { # URL…
	for url; do
		say "downloading $url"
		case $tool,$url in
		curl,*) curl -fsSL --proto '=http,https' --connect-timeout 10 --speed-limit 1 --speed-time 30 --retry 2 -C - -o "$bytes.part" -- "$url" ;;
		wget,*) wget -q -c --timeout=30 --tries=3 -O "$bytes.part" -- "$url" ;;
		*,http://*) speak "$url" "$bytes.part" ;;
		*) false ;;
		esac && [ "$(stat -c %s "$bytes.part")" = "$size" ] && mv "$bytes.part" "$bytes" && return
		say "no luck with $url"
		[ "$(stat -c %s "$bytes.part" 2>/dev/null || echo 0)" -lt "$size" ] || rm -f "$bytes.part"
	done
	return 1
}
speak() { # URL FILE
	authority=${'$'}{1#http://}
	path=/${'$'}{authority#*/}
	authority=${'$'}{authority%%/*}
	port=${'$'}{authority##*:}
	case $authority in *]) port=80 ;; *:*) ;; *) port=80 ;; esac
	server=${'$'}{authority%":$port"}
	server=${'$'}{server#\[}
	set -- "${'$'}{server%]}" "$port" "$path" "$authority" "$2"
	timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$@" && timeout 1800 bash -c 'exec 3<>"/dev/tcp/$1/$2" || exit
printf "GET %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: kubestrap\r\nConnection: close\r\n\r\n" "$3" "$4" >&3
read -r version status reason <&3
[ "$status" = 200 ] || exit
while read -r header <&3 && [ "${'$'}{header%?}" != "" ]; do :; done
cat <&3 >"$5"' bash "$@"
}
`;
