import {readCertificate} from '../../pki/read.ts';
import type {Cluster, Site} from '../model.ts';
import {rowsFor} from './places.ts';
import {see} from './seen.ts';

const day = 86_400_000;

/** A certificate of a node and its end. */
export type Expiry = {
	readonly node: string;
	/** As in the certificate table: `apiserver`, `etcd/ca`, `admin.conf`, `kubelet-client`. */
	readonly name: string;
	/** The authority that signed it; of an authority, itself. */
	readonly authority: string;
	/** ISO 8601; absent when the certificate cannot be read. */
	readonly expires?: string;
	/** Whole days that are left; negative when it is over. */
	readonly days?: number;
};

/** The certificates that lie on a node, in the order of the certificate table, from what the survey saw. Pure: `now` is given. */
export function expiriesOf(cluster: Cluster, site: Site, now: Date): Expiry[] {
	return rowsFor(cluster).flatMap((row): Expiry[] => {
		const seen = see(row, cluster, site);
		if (row.as === 'keys' || !seen.publicThere) return [];
		const known = {node: site.name, name: row.name, authority: row.signedBy ?? row.name};
		const end = seen.publicHalf === undefined ? undefined : endOf(seen.publicHalf);
		if (end === undefined) return [known];
		return [{...known, expires: end.toISOString(), days: Math.floor((end.getTime() - now.getTime()) / day)}];
	});
}

function endOf(pem: string): Date | undefined {
	try {
		return readCertificate(pem).notAfter;
	} catch {
		return undefined;
	}
}
