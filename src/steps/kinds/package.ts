import type {Kind} from '../kind.ts';

export const pkg: Kind<'package'> = {
	shell: `
see_package() { # NAME
	if command -v dpkg-query >/dev/null; then [ "$(dpkg-query -W -f '${'$'}{db:Status-Status}' "$1" 2>/dev/null)" = installed ]
	else rpm -q "$1" >/dev/null
	fi
}
do_package() {
	record null
	if command -v apt-get >/dev/null; then
		set -- apt-get -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold install "$1"
		export DEBIAN_FRONTEND=noninteractive
		"$@" || { apt-get -q update && "$@"; }
	elif command -v dnf >/dev/null; then dnf -y install "$1"
	elif command -v zypper >/dev/null; then zypper --non-interactive install "$1"
	else echo "no package tool that we know (apt-get, dnf, zypper)"; return 1
	fi
}`,
	words: ({name}) => [name],
};
