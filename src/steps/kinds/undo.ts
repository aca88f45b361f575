import type {Owned} from '../../model.ts';
import type {Kind, Load} from '../kind.ts';
import {safePath} from '../path.ts';
import {blockBegin, blockEnd} from './block.ts';
import {sysctlFile} from './kernel.ts';
import {ownLineEnd} from './line.ts';
import {dropInOf} from './masked.ts';
import {unitName} from './service.ts';

/** What stands before a line of fstab that was put out of force. Reset takes that away alone: mounts that were added in the years since are not ours to take. */
export const outOfForce = '# kubestrap: swap off: ';

/** What is to be done for a line of the record: a word of `undone` and `undo` below, and its arguments. Absent: nothing can or need be given back. */
type How = readonly [word: string, ...args: string[]] | undefined;

/**
 * Line by line the record of ownership is taken back. A file gets its former bytes, mode and owner, or goes when there was none; a folder goes
 * only when it is empty; a binary goes only while it is the one that we laid; a service gets its former state.
 */
export const undo: Kind<'undo'> = {
	shell: String.raw`
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
undone_bytes() { # PATH "MODE OWNER" BASE64-FILE TEMP
	[ -f "$1" ] && [ ! -L "$1" ] && [ "$(stat -c '%a %U:%G' "$1")" = "$2" ] && base64 -d "$D/$3" | cmp -s - "$1"
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
undone_link() { [ -L "$1" ] && [ "$(readlink "$1")" = "$2" ]; }
undo_link() { # PATH TARGET TEMP
	ln -sfnT "$2" "$3" && mv -fT "$3" "$1"
}
undone_mode() { # PATH "MODE OWNER"
	[ ! -d "$1" ] || [ "$(stat -c '%a %U:%G' "$1/.")" = "$2" ]
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
	[ ! -e "$1" ] || see_sysctl "$1" "$2"
}
undo_sysctl() { printf '%s\n' "$2" >"$1"; }
undone_service() { # UNIT RUNNING ENABLED
	if [ ! -e "$S/pending/daemon-reload" ] && unknown_service "$@"; then return; fi
	look_service "$1"
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
		systemctl restart -- "$1" && : >"$S/pending/undone.$1"
	else systemctl stop -- "$1"
	fi || return
	case $3,$enabled in
	yes,*) systemctl enable -q -- "$1" ;;
	no,enabled*) systemctl disable -q -- "$1" ;;
	masked,*) systemctl disable -q -- "$1" && systemctl mask -q -- "$1" ;;
	esac || return
	systemctl reset-failed -- "$1" 2>/dev/null || :
}`,
	words: ({owned}, _context, load) => {
		const how = howOf(owned, load);
		if (how === undefined) throw new Error(`nothing can be given back for ${owned.kind} ${owned.name}`);
		return how;
	},
};

/** Whether a line of the record can be taken back by an `undo` step. What was `noted` is a tree: `cleared` takes it away. */
export const isUndoable = ({kind, name, before}: Owned): boolean =>
	// Whether its path may be touched is for the step to say.
	howOf({kind, name: ['service', 'sysctl', 'masked'].includes(kind) ? name : '/a/path', before}, () => '') !== undefined;

/** How each kind of line is taken back; what `before` may say is in the kinds themselves. */
const rows: Readonly<Record<string, (owned: Owned, load: Load) => How>> = {
	file: (owned, load) =>
		owned.name.endsWith('/etc/fstab') && owned.before !== null
			? ['revived', safePath(owned.name), outOfForce]
			: givenBack(owned, load),
	link: givenBack,
	absent: (owned, load) => (owned.before === null || isBare(owned.before) ? undefined : givenBack(owned, load)),
	dir: ({name, before}) => [
		before === null ? 'empty' : 'mode',
		safePath(name, {atTop: true}),
		...(before === null ? [] : [before]),
	],
	binary: ({name, before}) => [before === null ? 'laid' : 'replaced', safePath(name)],
	block: ({name, before}) => ['block', safePath(name), blockBegin, blockEnd, before ?? 'none'],
	masked({name, before}) {
		const [running] = serviceBefore(before ?? '');
		const where = /masked(-runtime)?$/.exec(before ?? '');
		// One that neither ran nor could be started is as it was.
		if (where?.[1] === undefined && where !== null && running === 'no') return undefined;
		return ['masked', unitName(name), dropInOf(name), running, where === null ? '-' : where[1] === undefined ? 'etc' : 'run'];
	},
	line: ({name, before}) => ['line', safePath(name), ownLineEnd, before ?? 'none'],
	sysctl: ({name, before}) => (before === null ? undefined : ['sysctl', sysctlFile(name), before.trim()]),
	service: ({name, before}) => ['service', unitName(name), ...serviceBefore(before ?? '')],
};

function howOf(owned: Owned, load: Load): How {
	return Object.hasOwn(rows, owned.kind) ? rows[owned.kind]!(owned, load) : undefined;
}

/** `MODE OWNER` without bytes: a secret that we wrote over. Its bytes are nowhere, and ours must not stay. */
const isBare = (before: string) => !before.startsWith('link ') && before.split(' ').length === 2;

function givenBack({name, before}: Owned, load: Load): How {
	const path = safePath(name);
	const [first = '', second = '', bytes = ''] = (before ?? '').split(' ');
	if (before === null || isBare(before)) return ['gone', path];
	const temporary = `${path}.kubestrap`;
	if (first === 'link') return ['link', path, Buffer.from(second, 'base64').toString('utf8').replace(/\n$/, ''), temporary];
	return ['bytes', path, `${first} ${second}`, load(bytes), temporary];
}

/** `ACTIVE ENABLED` as systemd said it, as `yes|no` and `yes|no|masked|-`. */
function serviceBefore(before: string): [running: string, enabled: string] {
	const [active = '', enabled = ''] = before.split(' ');
	const running = ['active', 'activating', 'reloading'].includes(active) ? 'yes' : 'no';
	const known: Readonly<Record<string, string>> = {enabled: 'yes', disabled: 'no', absent: 'no', '': 'no'};
	return [running, enabled.startsWith('masked') ? 'masked' : (known[enabled] ?? '-')];
}
