import {nthAddress, splitSubnets} from '../cluster/network.ts';
import {documents, objectStep} from '../contract/objects.ts';
import type {Phase} from '../model.ts';
import {patched} from '../patches/patched.ts';
import {imagesFor} from '../versions.ts';

/** The cluster's DNS, as kubeadm installs it (contract 9.10). */
export const addonCoredns: Phase = {
	name: 'addon-coredns',
	title: 'Install CoreDNS',
	on: 'first',
	steps: ({cluster}) => {
		const {dns, networking} = cluster.configuration;
		if (dns.disabled) return [];
		const [subnet = networking.serviceSubnet] = splitSubnets(networking.serviceSubnet);
		const all = documents('coredns', {
			image: imagesFor(cluster).coredns,
			dnsDomain: networking.dnsDomain,
			address: nthAddress(subnet, 10),
		});
		const isDeployment = (object: unknown) => (object as {kind: string}).kind === 'Deployment';
		const asked = (object: unknown) => (isDeployment(object) ? patched('corednsdeployment', object, cluster.patches) : object);
		return all.map((object) => objectStep(asked(object)));
	},
};
