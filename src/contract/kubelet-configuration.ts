/** KubeletConfiguration as kubeadm fills it in: for the cluster's ConfigMap, and for one node's file (contract 7.1, 7.2). */
import {nthAddress, splitSubnets} from '../cluster/network.ts';
import type {Cluster, Scope, Site} from '../model.ts';
import {patched} from '../patches/patched.ts';
import {renderText} from '../render.ts';
import {parseYaml} from '../yaml.ts';
import {adaptationsFor} from './adaptations.ts';
import {layered} from './component-configuration.ts';

type Fields = Record<string, unknown>;

/** What kubeadm and the kubelet take when no file of systemd-resolved must be used. */
const ordinaryResolvConf = '/etc/resolv.conf';

const swapFields: Readonly<Record<Cluster['swap'], Fields>> = {
	off: {},
	limited: {failSwapOn: false, memorySwap: {swapBehavior: 'LimitedSwap'}},
	ignore: {failSwapOn: false},
};

/** The cluster-wide configuration, and whether nothing in it differs from kubeadm's own defaults. */
export function clusterKubelet(cluster: Cluster, sites: readonly Site[]): {configuration: Fields; generated: boolean} {
	const {networking, certificatesDir} = cluster.configuration;
	const [subnet = networking.serviceSubnet] = splitSubnets(networking.serviceSubnet);
	const text = renderText('kubelet/config', {
		certs: certificatesDir,
		dnsAddress: nthAddress(subnet, 10),
		dnsDomain: networking.dnsDomain,
	});
	const defaults = parseYaml(text).documents[0]!.value as Fields;
	const changes = [...adaptationsFor(sites).map(({kubelet}) => kubelet ?? {}), swapFields[cluster.swap], cluster.kubelet];
	return {
		// kubeadm insists on rotation too.
		configuration: layered(defaults, ...changes, {rotateCertificates: true}),
		generated: changes.every((layer) => Object.keys(layer).length === 0),
	};
}

/** What one node's config.yaml says: with its own resolv.conf, the operator's patches, and at last its own socket. */
export function nodeKubelet({cluster, site, sites}: Scope): Fields {
	const {configuration} = clusterKubelet(cluster, sites);
	const {resolvConf} = site.facts;
	const own = configuration.resolvConf === undefined && resolvConf !== ordinaryResolvConf ? {resolvConf} : {};
	const asked = patched('kubeletconfiguration', layered(configuration, own), cluster.patches) as Fields;
	return {...asked, containerRuntimeEndpoint: cluster.registration.criSocket};
}
