/** How each kind of line of the record is looked at and taken back on a node: pairs `undone_HOW` and `undo_HOW` for the rows of undo.ts. */
export const undoShell = String.raw`
see_undo() { # HOW NAME …
	how=$1
	shift
	"undone_$how" "$@"
}
do_undo() {
	: >"$S/pending/undone"
	case $2 in /etc/systemd/system/* | /usr/lib/systemd/system/* | /lib/systemd/system/*) : >"$S/pending/daemon-reload" ;; esac
	how=$1
	shift
	"undo_$how" "$@"
}
undone_gone() { [ ! -e "$1" ] && [ ! -L "$1" ]; }
undo_gone() { rm -f -- "$1"; }
# theirs PATH: somebody has made something else of it since. That is not for us to write over, and the operator hears of it.
theirs() {
	if [ -L "$1" ]; then is_now="link $(readlink "$1")"
	elif [ -f "$1" ]; then is_now="file $(sha256sum <"$1" | cut -c 1-64)"
	elif [ -e "$1" ]; then is_now=other
	else return 1
	fi
	if still "$1" "$is_now"; then return 1; fi
	note "left as it is, because somebody has changed it since kubestrap did: $1"
}
undone_bytes() { # PATH "MODE OWNER" BASE64-FILE TEMP
	if [ -f "$1" ] && [ ! -L "$1" ] && [ "$(stat -c '%a %U:%G' "$1")" = "$2" ] && base64 -d "$D/$3" | cmp -s - "$1"; then return 0; fi
	theirs "$1"
}
undo_bytes() {
	folder=${'$'}{1%/*}
	[ -d "$folder" ] || (umask 022 && mkdir -p "$folder") || return
	base64 -d "$D/$3" >"$4" && chmod "${'$'}{2%% *}" "$4" && chown "${'$'}{2#* }" "$4" && mv -fT "$4" "$1"
}
# Lines that we put out of force are in force again; all that was written into the file since stays.
undone_revived() { # PATH MARK
	[ ! -f "$1" ] || ! grep -aq -e "^$2" -- "$1"
}
undo_revived() {
	file=$(readlink -f -- "$1") && temp=${'$'}{file%/*}/.${'$'}{file##*/}.kubestrap && cp -a "$file" "$temp" && sed "s/^$2//" -- "$file" >"$temp" || return
	mv -fT "$temp" "$file" 2>/dev/null || { cat "$temp" >"$file" && rm -f "$temp"; }
}
undone_link() {
	if [ -L "$1" ] && [ "$(readlink "$1")" = "$2" ]; then return 0; fi
	theirs "$1"
}
undo_link() { # PATH TARGET TEMP
	ln -sfnT "$2" "$3" && mv -fT "$3" "$1"
}
undone_mode() { # PATH "MODE OWNER"
	[ -d "$1" ] || return 0
	is_now=$(stat -c '%a %U:%G' "$1/.")
	[ "$is_now" != "$2" ] || return 0
	if still "$1" "dir $is_now"; then return 1; fi
	note "left as it is, because somebody has changed it since kubestrap did: the mode of $1"
}
undo_mode() { chmod "${'$'}{2%% *}" "$1" && chown "${'$'}{2#* }" "$1"; }
# A folder that holds anything is not ours alone, and stays.
undone_empty() { [ ! -d "$1" ] || [ -L "$1" ] || [ -n "$(ls -A "$1")" ]; }
undo_empty() { rmdir -- "$1"; }
# laid PATH: it is still as it was when we laid it there.
laid() {
	as_is=$(stat -c '%s %.9Y' -- "$1" 2>/dev/null) || return
	find "$S/artifacts" -name '*.installed' -exec cat {} + 2>/dev/null | while read -r size time inode mode path; do
		[ "$path" != "$1" ] || [ "$size $time" != "$as_is" ] || echo laid
	done | grep -q laid
}
undone_laid() { # PATH: ours is gone; what somebody has put in its place since is not ours
	[ ! -e "$1" ] || ! laid "$1"
}
undo_laid() { rm -f -- "$1"; }
undone_replaced() {
	[ ! -e "$S/replaced$1" ] && [ ! -L "$S/replaced$1" ] || { [ -e "$1" ] && ! laid "$1"; }
}
undo_replaced() { cp -a "$S/replaced$1" "$1.kubestrap" && mv -fT "$1.kubestrap" "$1" && rm -f "$S/replaced$1"; }
# Our line of a file that is not ours goes, and its end again where the file had none.
undone_line() { # PATH END BEFORE
	[ ! -e "$1" ] || ! grep -aq -e "$2$" -- "$1"
}
undo_line() {
	file=$(readlink -f -- "$1") && temp=${'$'}{file%/*}/.${'$'}{file##*/}.kubestrap && cp -a "$file" "$temp" || return
	grep -a -v -e "$2$" -- "$file" >"$temp" || [ $? -eq 1 ] || return
	if [ "$3" = open ] && tail -n 1 "$file" | grep -aq -e "$2$"; then truncate -s -1 "$temp" || return; fi
	if [ "$3" = none ] && [ ! -s "$temp" ]; then rm -f "$temp" "$file"; return; fi
	mv -fT "$temp" "$file" 2>/dev/null || { cat "$temp" >"$file" && rm -f "$temp"; }
}
undone_sysctl() { # FILE VALUE
	[ -e "$1" ] || return 0
	if see_sysctl "$1" "$2" || still "$1" "sysctl $(echo $(cat "$1"))"; then see_sysctl "$1" "$2"; return; fi
	note "left as it is, because somebody has changed it since kubestrap did: $1"
}
undo_sysctl() { printf '%s\n' "$2" >"$1"; }
undone_service() { # UNIT RUNNING ENABLED
	if [ ! -e "$S/pending/daemon-reload" ] && unknown_service "$@"; then return; fi
	look_service "$1"
	# Nobody's step masks it: whoever did so does not want it to run.
	case $2,$3,$enabled in
	*,masked,* | no,no,*) ;;
	*,masked*) note "left as it is, because somebody has masked it since: $1"; return 0 ;;
	esac
	case $2,$active in
	yes,active | yes,activating | yes,reloading) [ ! -e "$S/pending/undone" ] || [ -e "$S/pending/undone.$1" ] || return ;;
	no,inactive | no,failed | no,) ;;
	*) echo "$1 is $active"; return 1 ;;
	esac
	case $3,$enabled in
	yes,enabled | no,disabled | no,masked* | no,static | no, | masked,masked* | -,*) ;;
	*) echo "$1 is $enabled"; return 1 ;;
	esac
}
# A unit whose file went with what we laid there: nobody can start it, whoever had started it before.
unknown_service() { [ "$2" = yes ] && [ "$(systemctl show -p LoadState --value -- "$1")" = not-found ]; }
undo_service() {
	if [ -e "$S/pending/daemon-reload" ]; then systemctl daemon-reload && rm -f "$S/pending/daemon-reload" || return; fi
	if unknown_service "$@"; then return; fi
	if [ "$2" = yes ]; then
		# What is masked cannot be started: the mask that was there before us comes back behind that.
		case $3,$enabled in masked,masked*) systemctl unmask -q -- "$1" || return ;; esac
		# One that has failed too often is refused once without it.
		systemctl reset-failed -- "$1" 2>/dev/null
		systemctl restart -- "$1" && : >"$S/pending/undone.$1"
	else systemctl stop -- "$1"
	fi || return
	case $3,$enabled in
	yes,*) systemctl enable -q -- "$1" ;;
	no,enabled*) systemctl disable -q -- "$1" ;;
	masked,*) systemctl disable -q -- "$1" && systemctl mask -q -- "$1" ;;
	esac || return
	systemctl reset-failed -- "$1" 2>/dev/null || :
}`;
