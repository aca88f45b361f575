import type {Kind} from '../kind.ts';

/** Started, and restarted once when a file that it is made of changed since (`notify`): the mark is taken away after the restart, not before. */
export const service: Kind<'service'> = {
	shell: String.raw`
look_service() { # UNIT → $active $enabled $stale
	active= enabled= stale=
	while IFS='=' read -r key value; do
		case $key in
		ActiveState) active=$value ;;
		UnitFileState) enabled=$value ;;
		NeedDaemonReload) stale=$value ;;
		esac
	done <<END
$(systemctl show -p ActiveState -p UnitFileState -p NeedDaemonReload -- "$1")
END
}
see_service() { # UNIT STATE ENABLED
	[ ! -e "$S/pending/daemon-reload" ] && [ ! -e "$S/pending/$1" ] && look_service "$1" && [ "$stale" != yes ] || return
	case $2,$active in
	started,active | started,activating | started,reloading | stopped,inactive | stopped,failed | stopped,) ;;
	*) echo "$1 is $active"; return 1 ;;
	esac
	case $3,$enabled in
	yes,disabled | yes,masked* | yes, | no,enabled) echo "$1 is $enabled"; return 1 ;;
	esac
}
do_service() {
	look_service "$1"
	record "\"$active ${'$'}{enabled:-absent}\"" || return
	if [ -e "$S/pending/daemon-reload" ] || [ "$stale" = yes ]; then systemctl daemon-reload && rm -f "$S/pending/daemon-reload" || return; fi
	case $3,$enabled in
	yes,masked*) systemctl unmask -q -- "$1" && systemctl enable -q -- "$1" || return ;;
	yes,disabled | yes,) systemctl enable -q -- "$1" || return ;;
	no,enabled) systemctl disable -q -- "$1" || return ;;
	esac
	if [ "$2" = stopped ]; then systemctl stop -- "$1"
	elif [ -e "$S/pending/$1" ]; then systemctl restart -- "$1" && rm -f "$S/pending/$1"
	else systemctl start -- "$1"
	fi || { systemctl status --no-pager -n 12 -- "$1"; return 1; }
}`,
	words: ({unit, state, enabled}) => [unitName(unit), state, enabled === undefined ? '-' : enabled ? 'yes' : 'no'],
};

/** A unit with its suffix. */
export const unitName = (unit: string): string => (unit.includes('.') ? unit : `${unit}.service`);
