import type {CertificateRow} from '../../pki/certificates.ts';
import type {Holder} from '../../pki/names.ts';
import {profiles} from '../../pki/profiles.ts';
import type {Wanted} from '../../pki/sign.ts';
import {localEndpoint} from '../cluster/endpoints.ts';
import {nthAddress, splitHostPort, splitSubnets} from '../cluster/network.ts';
import {operatorsAddress} from '../cluster/operators-address.ts';
import type {Cluster, Site} from '../model.ts';

/** A node in the words of the certificate table. */
export function holderOf(cluster: Cluster, site: Site): Holder {
	const {configuration} = cluster;
	const endpoint = configuration.controlPlaneEndpoint && splitHostPort(configuration.controlPlaneEndpoint);
	const etcd = 'local' in configuration.etcd ? configuration.etcd.local : undefined;
	return {
		nodeName: site.name,
		advertiseAddress: site.role === 'control-plane' ? localEndpoint(cluster, site).host : '',
		serviceAddress: nthAddress(splitSubnets(configuration.networking.serviceSubnet)[0]!, 1),
		dnsDomain: configuration.networking.dnsDomain,
		...(endpoint && {endpointHost: endpoint.host}),
		apiServerNames: [...(configuration.apiServer.certSANs ?? []), ...otherAddress(cluster, site)],
		etcdServerNames: etcd?.serverCertSANs ?? [],
		etcdPeerNames: etcd?.peerCertSANs ?? [],
		kubernetesVersion: configuration.kubernetesVersion,
	};
}

/** Where the operator's kubeconfig points when nothing stands before the API servers and the operator knows the node by another address. */
function otherAddress(cluster: Cluster, {role, address, spec}: Site): string[] {
	const direct = role === 'control-plane' ? operatorsAddress(spec, cluster) : undefined;
	return direct === undefined || direct === address ? [] : [direct];
}

/** What a certificate of this row must say on this node, but for its time. */
export function wantedOf(row: CertificateRow, cluster: Cluster, site: Site): Omit<Wanted, 'notBefore' | 'notAfter'> {
	const holder = holderOf(cluster, site);
	const commonName = row.commonName(holder);
	// An authority carries its common name among its names, as kubeadm's do.
	const names = row.names?.(holder) ?? {dns: row.profile === 'authority' ? [commonName] : [], ips: []};
	return {commonName, organizations: row.organizations?.(holder) ?? [], names, profile: profiles[row.profile]};
}
