import {createHash} from 'node:crypto';
import {publicKeyOf, publicPem, spki} from '../../pki/keys.ts';
import {firstCertificate} from '../../pki/read.ts';
import {parseDuration} from '../cluster/duration.ts';
import {keyOf} from '../cluster/selectors.ts';
import {certificateFoldersOf} from '../contract/folders.ts';
import {IdentityError} from '../errors.ts';
import type {Cluster, Host, Hosts, Identity, IdentityItem, Living, Secrets, Site} from '../model.ts';
import {headerHost, type Part, splitSecret} from './secret-names.ts';
import {nodeRequest} from './secrets/node-request.ts';
import {registryHeaders} from './secrets/registry-header.ts';
import {type Environment, tokenValue} from './secrets/token-value.ts';
import {openVault, type Vault} from './secrets/vault.ts';
import {isToken, joinTokenId, tokenId} from './token.ts';

export type SecretOptions = {
	/** Where `{env: NAME}` sources are looked up. Default: the environment of this process. */
	readonly environment?: Environment;
	/** When this run began: certificates are valid from five minutes before it. Default: now. */
	readonly now?: Date;
	readonly signal?: AbortSignal;
	/** The cluster that machines join. */
	readonly living?: Living | undefined;
};

export type OpenSecrets = Secrets & {
	/** Begins with everything that must be made, in the background; problems show up when the secret is asked for. */
	warm(): void;
};

/**
 * The bytes behind the names of an identity. What must be made is made once, when it is asked for or by `warm`; what is kept is read from
 * its node only when something needs it (an authority's key, to sign with). `hosts` is keyed by site name or by `keyOf`. `get` throws IdentityError.
 */
export function openSecrets(
	identity: Identity,
	cluster: Cluster,
	sites: readonly Site[],
	hosts: Hosts,
	options: SecretOptions = {},
): OpenSecrets {
	const began = options.now ?? new Date();
	const hidden = new Set<string>();
	const hide = (value: string): string => {
		hidden.add(value).add(Buffer.from(value).toString('base64'));
		return value;
	};
	const {living} = options;
	const header = registryHeaders(cluster.mirror.auth, hide);
	const vault = openVault({identity, cluster, sites, hosts, now: began, signal: options.signal, hide});
	const tokens = new Map<string, Promise<string>>();
	const token = (id: string): Promise<string> => {
		const item = identity.items[id];
		if (!item) return Promise.reject(unknown(id));
		const index = cluster.bootstrapTokens.findIndex((_, position) => tokenId(position) === id);
		const value =
			tokens.get(id) ?? tokenValue(item, cluster.bootstrapTokens[index], options.environment ?? process.env).then(hideToken);
		tokens.set(id, value);
		return value;
	};
	const expiry = (id: string): string => {
		const asked = cluster.bootstrapTokens.find((_, position) => tokenId(position) === id)?.ttl;
		const ttl = id === joinTokenId ? joinTtl : (asked ?? usualTtl);
		return `${new Date(began.getTime() + (parseDuration(ttl) ?? 0) * 1000).toISOString().slice(0, 19)}Z`;
	};
	const hideToken = (value: string): string => {
		hide(value.slice(7));
		return hide(value);
	};
	const request = async (node: string): Promise<string> => {
		const [joiner, seat] = [sites.find(({name}) => name === node), sites.find(({name}) => name === living?.seat)];
		const [host, through] = [joiner && hostOf(hosts, joiner), seat && hostOf(hosts, seat)];
		if (!living || !host || !through) throw unknown(`node-request@${node}`);
		const asked = {
			node,
			pki: certificateFoldersOf(cluster).kubelet,
			server: living.server,
			token: (await token(joinTokenId)).slice(0, 6),
		};
		return nodeRequest(asked, {host, through, signal: options.signal, hide});
	};
	const get = async (name: string): Promise<Buffer> => {
		const registry = headerHost(name);
		if (registry !== undefined) return Buffer.from(await header(registry));
		const {id, part} = splitSecret(name);
		if (id.startsWith('node-request@')) return Buffer.from(await request(id.slice('node-request@'.length)));
		if (!isToken(id)) return Buffer.from(await reading[part ?? 'id'](vault, id));
		const kept = identity.items[id]?.publicHalf;
		if (part === 'expiration') return Buffer.from(expiry(id));
		if (part === 'id' && kept !== undefined) return Buffer.from(kept);
		const value = await token(id);
		return Buffer.from(part === 'id' ? value.slice(0, 6) : part === 'secret' ? value.slice(7) : value);
	};
	return {
		get,
		values: () => [...hidden],
		warm() {
			// The authorities first, because all others wait for them; then the kubelets', which are wanted first; then the table's order.
			// A failure is thrown to whoever asks for it.
			const turn = ({id}: IdentityItem) => (!id.includes('@') ? 0 : id.startsWith('kubelet-client@') ? 1 : 2);
			for (const {id, state} of Object.values(identity.items).toSorted((one, other) => turn(one) - turn(other))) {
				if (state === 'make') void (isToken(id) ? token(id) : vault.begin(id)).catch(() => undefined);
			}
		},
	};
}

/** Long enough for a machine on a slow line; the run takes the token away when it ends. */
const joinTtl = '1h';

/** kubeadm's default, for the token that a config without tokens gets. */
const usualTtl = '24h';

/** What each part of a name gives. */
const reading: Readonly<Record<Part, (vault: Vault, id: string) => Promise<string>>> = {
	crt: (vault, id) => vault.certificate(id),
	key: (vault, id) => vault.privateText(id),
	pub: async (vault, id) => vault.kept(id)?.publicHalf ?? publicPem(await vault.key(id)),
	// The order in which the kubelet writes its own.
	pem: async (vault, id) => `${await vault.certificate(id)}${await vault.privateText(id)}`,
	/** The pin of kubeadm's discovery: SHA-256 of the authority's public key (kubeadm-contract.md §10.2). */
	hash: async (vault, id) => {
		const der = spki(publicKeyOf(firstCertificate(await vault.certificate(id))));
		return `sha256:${createHash('sha256').update(der).digest('hex')}`;
	},
	/** The first certificate of an authority's file, which is what kubeadm embeds in kubeconfigs. */
	anchor: async (vault, id) => firstCertificate(await vault.certificate(id)),
	// These belong to tokens.
	id: (_, id) => Promise.reject(unknown(id)),
	secret: (_, id) => Promise.reject(unknown(id)),
	expiration: (_, id) => Promise.reject(unknown(id)),
};

const hostOf = (hosts: Hosts, site: Site): Host | undefined => hosts.get(site.name) ?? hosts.get(keyOf(site.spec));

const unknown = (name: string): IdentityError =>
	new IdentityError(`there is no secret called ${name}`, {hint: 'This is a mistake in kubestrap: please report it.'});
