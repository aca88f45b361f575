/** Whom a node asks for names: CoreDNS asks the same. */
import {isIP} from 'node:net';
import type {Site} from '../model.ts';
import {type Case, type Check, linesOf, type Probe, said, type Verdict} from './row.ts';

/** `FILE<TAB>ADDRESS` per name server, `FILE<TAB>absent`. `resolv=`: what the config names. */
export const resolvers: Probe = {
	name: 'resolvers',
	sh: `set -- /etc/resolv.conf /run/systemd/resolve/resolv.conf "$@"
for file; do
	case $file in resolv=*) file=\${file#resolv=} ;; /*) ;; *) continue ;; esac
	if [ ! -e "$file" ]; then printf '%s\\tabsent\\n' "$file"; continue; fi
	[ -f "$file" ] && [ -r "$file" ] || continue
	printf '%s\\tpresent\\n' "$file"
	n=0
	while { read -r word value rest || [ -n "$word" ]; } && [ $((n += 1)) -le 1000 ]; do
		[ "$word" != nameserver ] || printf '%s\\t%s\\n' "$file" "$value"
	done <"$file"
done`,
};

/** The file that the kubelet will give to pods that use the node's names. */
export function resolvConfOf({cluster, site}: Pick<Case, 'cluster' | 'site'>): string {
	const asked = cluster.kubelet.resolvConf;
	return typeof asked === 'string' && asked !== '' ? asked : site.facts.resolvConf;
}

/** Its name servers; undefined when the file is not there. */
export function nameServers(site: Site, file: string): string[] | undefined {
	const rows = linesOf(said(site, resolvers)).map((line) => line.split('\t'));
	const own = rows.filter(([path]) => path === file).map(([, value = '']) => value);
	return own.includes('absent') ? undefined : [...new Set(own.filter((value) => isIP(value.replace(/%.*$/, '')) !== 0))];
}

const isLoopback = (address: string) => address.startsWith('127.') || address === '::1';

export const resolverChecks: readonly Check[] = [
	{
		name: 'ResolvConf',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [resolvers],
		judge: (one): Verdict[] => {
			const file = resolvConfOf(one);
			// A name server that the config sets elsewhere is looked at where the probe was told of it.
			const servers = nameServers(one.site, file);
			if (servers === undefined)
				return [
					{
						evidence: `${file} is not there, and the kubelet makes no pod without it`,
						remedy: 'systemctl restart systemd-resolved, or name another file: KubeletConfiguration.resolvConf',
					},
				];
			const loops = servers.filter(isLoopback);
			if (loops.length === 0 || one.cluster.configuration.dns.disabled) return [];
			return [
				{
					evidence: `${file} names ${loops.join(' and ')}: in a pod that is the pod itself, so CoreDNS would ask itself, and stops when it sees the loop`,
					remedy:
						'ln -sf /run/systemd/resolve/resolv.conf /etc/resolv.conf, or name a file with the real name servers: KubeletConfiguration.resolvConf',
				},
			];
		},
	},
];
