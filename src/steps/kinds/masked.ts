import type {Kind} from '../kind.ts';
import {unitName} from './service.ts';

const folder = '/etc/systemd/system';

/**
 * A unit that neither runs nor ever starts, whoever wants it: masked as `systemctl mask` does it, also one that only a generator of the next boot
 * would make. A unit whose own file lies in /etc cannot be masked there: it gets a drop-in with a condition that never holds.
 */
export const masked: Kind<'masked'> = {
	shell: String.raw`
off_for_good() { # UNIT DROPIN → whether it is, after look_service
	case $enabled in masked) return 0 ;; esac
	[ -e "$2" ] || { [ -L "${folder}/$1" ] && [ "$(readlink "${folder}/$1")" = /dev/null ]; }
}
see_masked() { # UNIT DROPIN
	look_service "$1"
	case $active in inactive | failed | '') ;; *) echo "$1 is $active"; return 1 ;; esac
	off_for_good "$@" || { echo "$1 is ${'$'}{enabled:-not masked}"; return 1; }
}
do_masked() {
	look_service "$1"
	if off_for_good "$@"; then before=masked; else before=${'$'}{enabled:-absent}; fi
	record "\"${'$'}{active:-inactive} $before\"" || return
	systemctl stop -- "$1" || return
	if off_for_good "$@"; then :
	elif [ -e "${folder}/$1" ] || [ -L "${folder}/$1" ]; then
		folders "${'$'}{2%/*}" && (umask 022 && printf '%s\n' '# Written by kubestrap.' '[Unit]' 'ConditionPathExists=/run/kubestrap/never' >"$2")
	else ln -s /dev/null "${folder}/$1"
	fi && systemctl daemon-reload
}
# It cannot be started any more: its unit went, or what it made swap of (a file that was deleted since, to win its room back).
vain() { # UNIT
	[ "$(systemctl show -p LoadState --value -- "$1")" != not-found ] || return 0
	source=$(systemctl show -p What --value -- "$1")
	case $source in /*) [ ! -e "$source" ] ;; *) return 1 ;; esac
}
# MASKED: where it was masked before us, and is again: etc, run or -.
undone_masked() { # UNIT DROPIN RUNNING MASKED
	look_service "$1"
	case $4 in
	etc) off_for_good "$@" || return ;;
	run) [ "$(readlink "/run/systemd/system/$1")" = /dev/null ] && [ ! -e "$2" ] && [ ! -L "${folder}/$1" ] || return ;;
	*)
		if off_for_good "$@"; then return 1; fi
		# Somebody has taken our mask away since: whether it runs is for him to say.
		[ -e "$S/pending/unmasked.$1" ] || return 0
		;;
	esac
	# Masked again it does not show any more that nothing could be started.
	[ "$3" != yes ] || [ -e "$S/pending/vain.$1" ] || vain "$1" || case $active in active | activating | reloading) ;; *) echo "$1 is $active"; return 1 ;; esac
}
undo_masked() {
	: >"$S/pending/unmasked.$1" || return
	if [ -L "${folder}/$1" ] && [ "$(readlink "${folder}/$1")" = /dev/null ]; then rm -f -- "${folder}/$1"; fi
	if [ -e "$2" ]; then rm -f -- "$2" && rmdir --ignore-fail-on-non-empty -- "${'$'}{2%/*}"; fi
	[ "$4" != run ] || rm -f -- "/run/systemd/system/$1"
	systemctl daemon-reload || return
	# What is masked cannot be started: the mask that was there before us comes back behind that.
	if [ "$3" = yes ]; then
		if vain "$1"; then : >"$S/pending/vain.$1"; else systemctl start -- "$1"; fi || return
	fi
	case $4 in
	etc) ln -s /dev/null "${folder}/$1" ;;
	run) mkdir -p /run/systemd/system && ln -s /dev/null "/run/systemd/system/$1" ;;
	*) return 0 ;;
	esac && systemctl daemon-reload
}`,
	words: ({unit}) => [unitName(unit), dropInOf(unit)],
};

export const dropInOf = (unit: string): string => `${folder}/${unitName(unit)}.d/60-kubestrap-masked.conf`;
