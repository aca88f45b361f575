/** A proxy that every service of a machine would use, whether it was meant for them or not. */
import {controlPlaneEndpoint} from '../cluster/endpoints.ts';
import {nthAddress} from '../cluster/network.ts';
import {subnets, withoutPassword} from './network.ts';
import {isProxied, readProxies} from './proxy.ts';
import {type Check, linesOf, type Probe, said} from './row.ts';

/** Proxy variables that systemd hands to every service: NAME=VALUE. */
const serviceProxies: Probe = {
	name: 'serviceProxies',
	sh: `command -v systemctl >/dev/null || exit 127
systemctl show-environment | while read -r line; do
	case $line in HTTP_PROXY=* | HTTPS_PROXY=* | NO_PROXY=* | http_proxy=* | https_proxy=* | no_proxy=*) printf '%s\\n' "$line" ;; esac
done`,
};

export const serviceProxyChecks: readonly Check[] = [
	{
		name: 'ServiceProxy',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		probes: [serviceProxies],
		judge: ({cluster, site, sites}) => {
			const settings = readProxies(linesOf(said(site, serviceProxies)));
			const {host, port} = controlPlaneEndpoint(cluster, sites);
			const nets = subnets(cluster.configuration).map((cidr) => ({shown: cidr, host: nthAddress(cidr, 1)}));
			const nodes = sites
				.filter(({address}) => address !== '')
				.map(({name, address}) => ({shown: `${name} (${address})`, host: address}));
			const asked = [...(host === '' ? [] : [{shown: host, host}]), ...nets, ...nodes];
			const caught = [...new Set(asked.filter((one) => isProxied(settings, one.host, port)).map(({shown}) => shown))];
			return caught.length === 0
				? []
				: [
						{
							evidence: `every service of the machine, the kubelet and containerd too, would ask ${caught.slice(0, 6).join(', ')}${caught.length > 6 ? ` and ${caught.length - 6} more` : ''} through the proxy ${withoutPassword(settings.https)}`,
							remedy:
								'systemctl unset-environment HTTPS_PROXY https_proxy, and take it out of DefaultEnvironment in /etc/systemd/system.conf; the config has a word for it that reaches containerd alone: spec.proxy',
						},
					];
		},
	},
];
