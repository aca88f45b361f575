/** Which rows of the table a cluster has, and where they lie on a node. */
import {certificates, type Row} from './certificates.ts';

/** The rows that a cluster has: with an external etcd, everything that belongs to etcd is the operator's own. */
export function rowsFor({externalEtcd}: {externalEtcd: boolean}): readonly Row[] {
	const ofEtcd = (row: Row) => row.name === 'etcd/ca' || (row.as !== 'keys' && row.signedBy === 'etcd/ca');
	return externalEtcd ? certificates.filter((row) => !ofEtcd(row)) : certificates;
}

/** Whether all control planes hold the same one: the authorities and the service accounts' keys. */
export const isShared = (row: Row): boolean => row.as === 'keys' || row.signedBy === undefined;

/** Where a row lies on a node. `public` is the certificate or public key, `private` the key; one path when one file holds both. */
export function filesOf(
	row: Row,
	dirs: {certificates: string; kubelet: string},
): {readonly public: string; readonly private: string} {
	const {file} = row;
	if (row.as === 'pem') {
		const path = `${dirs.kubelet}/${file.slice(file.lastIndexOf('/') + 1)}`;
		return {public: path, private: path};
	}
	if (row.as === 'kubeconfig') return {public: file, private: file};
	const base = `${dirs.certificates}/${file}`;
	return {public: `${base}.${row.as === 'keys' ? 'pub' : 'crt'}`, private: `${base}.key`};
}
