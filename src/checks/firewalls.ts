/** Firewalls that are on: what the survey asks, and which of our tools opens each. */
import {closedChains} from '../contract/firewall-chains.ts';
import type {Cluster, Site} from '../model.ts';
import {linesOf, type Probe, said} from './row.ts';

/** Services that load rules of plain nftables and iptables, at boot and when they are reloaded. */
export const ruleLoaders = ['nftables.service', 'netfilter-persistent.service', 'iptables.service', 'ip6tables.service'] as const;

export const firewalls = {
	ufw: 'ufw',
	firewalld: 'firewalld',
	chains: 'a filter of nftables or iptables',
} as const;
export type Firewall = keyof typeof firewalls;

/** One word a line: `ufw`, `firewalld`, `chains` (rules that neither of them keeps), and `loader UNIT` of services that load such rules. */
export const closedFirewalls: Probe = {
	name: 'closedFirewalls',
	sh: `${closedChains}
other=
if [ -e /etc/ufw/ufw.conf ]; then
	while read -r line; do case $line in ENABLED=[yY][eE][sS]) echo ufw; other=1 ;; esac; done </etc/ufw/ufw.conf
fi
if [ -L /run/systemd/units/invocation:firewalld.service ]; then echo firewalld; other=1; fi
[ -z "$other" ] && [ -n "$(closed_chains)" ] || exit 0
echo chains
for unit in ${ruleLoaders.join(' ')}; do
	! systemctl is-enabled --quiet "$unit" 2>/dev/null || echo "loader $unit"
done
:`,
};

export const firewallsOf = (site: Site): Firewall[] =>
	linesOf(said(site, closedFirewalls)).filter((line): line is Firewall => Object.hasOwn(firewalls, line));

export const loadersOf = (site: Site): string[] =>
	ruleLoaders.filter((unit) => linesOf(said(site, closedFirewalls)).includes(`loader ${unit}`));

/** A firewall is on there, and the phase `firewall` opens it: what it refuses today says nothing about tomorrow. */
export const willBeOpened = ({os}: Pick<Cluster, 'os'>, site: Site): boolean =>
	os.firewall === 'open' && firewallsOf(site).length > 0;
