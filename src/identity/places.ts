/** Ids, and where things of the PKI lie on a node of this cluster. */

import type {Row} from '../../pki/certificates.ts';
import {isShared, filesOf as placesOf, rowsFor as rowsOf} from '../../pki/places.ts';
import type {Cluster, Site} from '../model.ts';

/** The marker that our bootstrap-token phase leaves on the birthplace: token id, a space, expiry in ISO 8601 (or `never`). */
export const tokenMarker = '/var/lib/kubestrap/token';

export const rowsFor = (cluster: Cluster): readonly Row[] => rowsOf({externalEtcd: 'external' in cluster.configuration.etcd});

/** The rows' files; the kubelet's follow its own `cert-dir` argument. */
export function filesOf(row: Row, cluster: Cluster): {readonly public: string; readonly private: string} {
	const argument = cluster.registration.kubeletExtraArgs.findLast(({name}) => name === 'cert-dir');
	return placesOf(row, {certificates: cluster.configuration.certificatesDir, kubelet: argument?.value ?? '/var/lib/kubelet/pki'});
}

/** `ca` for what all share, `apiserver@cp1` for what one node has. */
export const idOf = (row: Row, site: Pick<Site, 'name'>): string => (isShared(row) ? row.name : `${row.name}@${site.name}`);
