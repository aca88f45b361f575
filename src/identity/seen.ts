/** What the survey saw of one row on one node. */
import type {Row} from '../../pki/certificates.ts';
import {publicKeyOf, spki} from '../../pki/keys.ts';
import type {Cluster, Site} from '../model.ts';
import {filesOf} from './places.ts';

export type Kubeconfig = {readonly server?: string; readonly ca?: string; readonly certificate?: string};

export type Seen = {
	readonly site: Site;
	readonly files: {readonly public: string; readonly private: string};
	readonly publicThere: boolean;
	readonly privateThere: boolean;
	/** PEM of the certificate (with its chain) or the public key. */
	readonly publicHalf?: string;
	/** PEM of the public key that belongs to the private key, when the node could derive it. */
	readonly publicKey?: string;
	/** The node has the tools to read the private key, and could not. */
	readonly keyUnreadable?: true;
	/** For a kubeconfig that could be read. */
	readonly kubeconfig?: Kubeconfig;
};

export function see(row: Row, cluster: Cluster, site: Site): Seen {
	const files = filesOf(row, cluster);
	const shown = site.facts.files[files.public];
	const key = site.facts.files[files.private];
	const kubeconfig = row.as === 'kubeconfig' && shown?.text !== undefined ? parse(shown.text) : undefined;
	const publicHalf = row.as === 'kubeconfig' ? kubeconfig?.certificate : shown?.text;
	return {
		site,
		files,
		publicThere: shown !== undefined,
		privateThere: key !== undefined,
		...(publicHalf && {publicHalf}),
		...(key?.publicKey && {publicKey: key.publicKey}),
		// A kubeconfig may have its key in another file.
		...(key?.publicKey === '' && row.as !== 'kubeconfig' && {keyUnreadable: true}),
		...(kubeconfig && {kubeconfig}),
	};
}

/** Whether the key belongs to the public half; undefined when one of them is not known or cannot be read. */
export function matches({publicHalf, publicKey}: Pick<Seen, 'publicHalf' | 'publicKey'>): boolean | undefined {
	if (publicHalf === undefined || publicKey === undefined) return undefined;
	return sameKey(publicHalf, publicKey);
}

/** Whether two PEMs hold the same public key; undefined when one cannot be read. */
export function sameKey(a: string, b: string): boolean | undefined {
	try {
		return spki(publicKeyOf(a)).equals(spki(publicKeyOf(b)));
	} catch {
		return undefined;
	}
}

function parse(text: string): Kubeconfig | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null ? value : undefined;
	} catch {
		return undefined;
	}
}
