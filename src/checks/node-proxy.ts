/** What the proxy of each node needs: its port, and its name for itself. */
import {controlPlaneEndpoint} from '../cluster/endpoints.ts';
import {quote} from '../steps/quote.ts';
import {type Check, linesOf, type Probe, said} from './row.ts';

/** Lines of /etc/hosts, and of what cloud-init makes it of, that are not ours: FILE<TAB>LINE. */
const hostLines: Probe = {
	name: 'hostLines',
	sh: `for file in /etc/hosts /etc/cloud/templates/hosts.*.tmpl; do
	[ -r "$file" ] && [ -f "$file" ] || continue
	n=0
	while { read -r line || [ -n "$line" ]; } && [ $((n += 1)) -le 10000 ]; do
		case $line in '' | '#'* | *' # kubestrap') ;; *) printf '%s\\t%s\\n' "$file" "$line" ;; esac
	done <"$file"
done`,
};

export const nodeProxyChecks: readonly Check[] = [
	{
		name: 'NodeProxyName',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [hostLines],
		judge: ({cluster, site, sites}) => {
			if (cluster.loadBalancer !== 'node-proxy') return [];
			const {host} = controlPlaneEndpoint(cluster, sites);
			return linesOf(said(site, hostLines)).flatMap((row) => {
				const [, file = '', line = ''] = /^([^\t]*)\t(.*)$/.exec(row) ?? [];
				const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
				if (!names.some((name) => name.toLowerCase() === host)) return [];
				return [
					{
						evidence: `${file} says that ${host} is ${address}, but it must lead to the node's own proxy`,
						remedy: `take the name out there (grep -n ${quote(host)} ${quote(file)}), or choose another one as controlPlaneEndpoint`,
					},
				];
			});
		},
	},
];
