import {isIPv6} from 'node:net';
import {deviceOf} from '../contract/node-address.ts';
import type {Phase, Scope, Step} from '../model.ts';
import {render} from '../render.ts';

const unit = '60-kubestrap-service-route.service';

/**
 * A packet to a Service needs a route before kube-proxy's rules see it. Machines behind an air gap often have no default route, and then
 * pods on the host's network (flannel, for one) say "network is unreachable": such a machine gets a route for the Services alone.
 */
export const serviceRoute: Phase = {
	name: 'service-route',
	title: 'Give Services a route where there is no default route',
	on: 'every',
	steps: (scope): Step[] => {
		const subnets = unrouted(scope);
		const device = deviceOf(scope.site);
		if (subnets.length === 0 || device === undefined) return [];
		return [
			{
				kind: 'file',
				path: `/etc/systemd/system/${unit}`,
				content: render('systemd/service-route.service', {subnets, device}),
				mode: '0644',
				notify: [unit],
			},
			{kind: 'service', unit, state: 'started', enabled: true},
		];
	},
};

/** Service networks of a family in which the machine has no default route. */
export function unrouted({cluster, site}: Pick<Scope, 'cluster' | 'site'>): string[] {
	const {v4, v6} = site.facts.defaultAddress;
	return cluster.configuration.networking.serviceSubnet
		.split(',')
		.filter((subnet) => (isIPv6(subnet.split('/')[0]!) ? v6 : v4) === undefined);
}
