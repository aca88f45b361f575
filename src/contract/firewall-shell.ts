/** How a firewall that is on is opened, and closed again exactly as far: one program for all of them. Nothing is ever turned off. */
import {mending} from '../steps/mending.ts';
import {chainsShell} from './firewall-chains.ts';

/** Lines `TOOL RULE` of what was added; what was there before is not on it, and so never taken away. */
export const firewallRecord = '/var/lib/kubestrap/firewall';

/** ufw keeps its rules in files, with our comment; a rule that is there without it is somebody's, and does for us as well. */
const ufwShell = `
tuple_of() { # "[route ]allow …" → $tuple
	set -- $1
	case $* in
	'route allow from '*) tuple="route:allow any any ZERO any $4 in" where=$4 ;;
	*) tuple="allow $3 $9 ZERO any $5 in" where=$5 ;;
	esac
}
# The whole line: one that goes on after its "in" is for an interface alone, and a comment that begins as ours is not ours.
has_tuple() { # TUPLE ZERO FILE COMMENT
	row="### tuple ### $(echo "$1" | sed "s,ZERO,$2,; s,any any in,any $2 in,")"
	[ -z "$4" ] || { grep -qxF -e "$row$4" "/etc/ufw/$3"; return; }
	grep -qxF -e "$row" "/etc/ufw/$3" || grep -qF -e "$row comment=" "/etc/ufw/$3"
}
on_both() { # COMMENT, of $tuple and $where
	case $where in
	any) has_tuple "$tuple" 0.0.0.0/0 user.rules "$1" && { ! grep -qs '^IPV6=yes' /etc/default/ufw || has_tuple "$tuple" ::/0 user6.rules "$1"; } ;;
	*:*) has_tuple "$tuple" ::/0 user6.rules "$1" ;;
	*) has_tuple "$tuple" 0.0.0.0/0 user.rules "$1" ;;
	esac
}
want_ufw() {
	for rule; do
		set -- $rule
		case $1 in
		pods) echo "route allow from $2" ;;
		*) for source in $(echo "$3" | tr , ' '); do echo "allow proto $1 from $source to any port $2"; done ;;
		esac
	done
}
is_ufw() { tuple_of "$1" && on_both ''; }
add_ufw() { ufw $1 comment kubestrap; }
drop_ufw() {
	tuple_of "$1"
	on_both ' comment=6b7562657374726170' || return 0
	case $1 in 'route '*) ufw route delete ${'$'}{1#route } ;; *) ufw delete $1 ;; esac
}
`;

/**
 * firewalld has what holds now and what holds after a reload apart: both are changed. Files of its zones are kept as they were, and come back when the zone says what it said.
 */
const firewalldShell = String.raw`
zone_of() {
	[ -n "${'$'}{zone-}" ] || zone=$(firewall-cmd --get-zone-of-interface="$device" 2>/dev/null) || zone=$(firewall-cmd --get-default-zone)
}
want_firewalld() { # DEVICE RULES…
	device=$1
	shift
	zone_of
	for rule; do
		set -- $rule
		for mode in runtime permanent; do
			case $1:${'$'}{3-} in
			pods:*) echo "trusted $mode source $2" ;;
			*:any) for port in $(echo "$2" | tr ,: ' -'); do echo "$zone $mode port $port/$1"; done ;;
			*) for source in $(echo "$3" | tr , ' '); do
				case $source in *:*) ip=ipv6 ;; *) ip=ipv4 ;; esac
				for port in $(echo "$2" | tr ,: ' -'); do
					echo "$zone $mode rich-rule rule family=\"$ip\" source address=\"$source\" port port=\"$port\" protocol=\"$1\" accept"
				done
			done ;;
			esac
		done
	done
}
parts_of() { # "ZONE MODE KIND VALUE" → $at $mode $kind $value
	at=${'$'}{1%% *} value=${'$'}{1#* }
	mode=${'$'}{value%% *} value=${'$'}{value#* }
	kind=${'$'}{value%% *} value=${'$'}{value#* }
	permanent=
	[ "$mode" = runtime ] || permanent=--permanent
}
# Asked once for all rules of a kind: each question costs a start of python.
list_firewalld() { # → $listed, a line each
	case $mode-$kind in
	runtime-port) listed=${'$'}{ports_now=$(firewall-cmd --zone="$at" --list-ports | tr ' ' '\n')} ;;
	permanent-port) listed=${'$'}{ports_then=$(firewall-cmd --permanent --zone="$at" --list-ports | tr ' ' '\n')} ;;
	runtime-source) listed=${'$'}{sources_now=$(firewall-cmd --zone="$at" --list-sources | tr ' ' '\n')} ;;
	permanent-source) listed=${'$'}{sources_then=$(firewall-cmd --permanent --zone="$at" --list-sources | tr ' ' '\n')} ;;
	runtime-*) listed=${'$'}{rules_now=$(firewall-cmd --zone="$at" --list-rich-rules)} ;;
	*) listed=${'$'}{rules_then=$(firewall-cmd --permanent --zone="$at" --list-rich-rules)} ;;
	esac 2>/dev/null
}
is_firewalld() { parts_of "$1" && list_firewalld && printf '%s\n' "$listed" | grep -qxF -e "$value"; }
add_firewalld() {
	parts_of "$1"
	kept=/var/lib/kubestrap/firewalld/$at
	if [ ! -d "$kept" ]; then
		mkdir -p "$kept" && firewall-cmd --permanent --zone="$at" --list-all >"$kept/said" || return
		for file in xml xml.old; do [ ! -e "/etc/firewalld/zones/$at.$file" ] || cp -p "/etc/firewalld/zones/$at.$file" "$kept/$file" || return; done
		sync -f "$kept" || return
	fi
	firewall-cmd -q $permanent --zone="$at" "--add-$kind=$value"
}
drop_firewalld() {
	parts_of "$1"
	firewall-cmd $permanent --zone="$at" "--query-$kind=$value" >/dev/null 2>&1 || return 0
	firewall-cmd -q $permanent --zone="$at" "--remove-$kind=$value" || return
	kept=/var/lib/kubestrap/firewalld/$at
	[ -f "$kept/said" ] && firewall-cmd --permanent --zone="$at" --list-all | cmp -s - "$kept/said" || return 0
	for file in xml xml.old; do
		if [ -e "$kept/$file" ]; then cp -p "$kept/$file" "/etc/firewalld/zones/$at.$file"; else rm -f "/etc/firewalld/zones/$at.$file"; fi || return
	done
}
`;

/**
 * `sh -c firewallShell sh ACTION TOOL RULES…` (firewalld: the device of the node's address before the rules). `check`: 0 when all that is wanted is open, and nothing of ours beside it. `open`:
 * makes it so. `close`: takes away all that is on the record, whatever tool added it.
 */
export const firewallShell = String.raw`set -uf
umask 077
LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
record=${firewallRecord}
${mending}${chainsShell}${ufwShell}${firewalldShell}
forget() { # TOOL LINE
	grep -vxF -e "$1 $2" "$record" >"$record.new" || [ $? -eq 1 ] || return
	mv "$record.new" "$record"
}
action=$1 tool=${'$'}{2-}
[ "$action" = check ] || mend "$record"
if [ "$action" = close ]; then
	[ -s "$record" ] || exit 0
	while read -r tool line <"$record" && [ -n "$tool" ]; do
		if ! drop=$("drop_$tool" "$line" 2>&1); then printf '%s\n' "$tool: $line" "$drop"; exit 1; fi
		forget "$tool" "$line" || { echo "$record cannot be written: is the disk full or read-only?"; exit 1; }
	done
	rm -rf "$record" /var/lib/kubestrap/firewalld
	exit 0
fi
shift 2
wanted=$("want_$tool" "$@") || exit
old=$([ ! -s "$record" ] || sed -n "s/^$tool //p" "$record" | while read -r line; do printf '%s\n' "$wanted" | grep -qxF -e "$line" || printf '%s\n' "$line"; done)
[ "$action" != check ] || [ -z "$old" ] || exit 1
printf '%s\n' "$wanted" | {
	while read -r line; do
		[ -n "$line" ] || continue
		! "is_$tool" "$line" </dev/null || continue
		[ "$action" != check ] || exit 1
		if [ -d /var/lib/kubestrap ] && ! grep -qsxF -e "$tool $line" "$record"; then
			keep "$record" "$tool $line" || { echo "$record cannot be written: is the disk full or read-only?"; exit 1; }
		fi
		"add_$tool" "$line" </dev/null || { echo "not opened: $tool $line"; exit 1; }
	done
} || exit
[ -z "$old" ] || printf '%s\n' "$old" | {
	while read -r line; do
		"drop_$tool" "$line" </dev/null || exit 1
		forget "$tool" "$line"
	done
}
`;
