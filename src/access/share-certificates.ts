/** What `kubeadm init phase upload-certs --upload-certs` does: the shared certificates, sealed, in Secret kubeadm-certs for two hours. */
import {secretName} from '../contract/bootstrap-tokens.ts';
import {
	proxySeconds,
	proxyToken,
	type Stored,
	sharedFiles,
	sharedRights,
	sharedSecret,
	storedConfiguration,
} from '../contract/shared-certificates.ts';
import {IdentityError} from '../errors.ts';
import {fetchFile} from '../identity/secrets/fetch.ts';
import {seal} from '../identity/secrets/seal.ts';
import {newToken} from '../identity/secrets/token-value.ts';
import type {Host} from '../model.ts';
import type {Api} from './kubectl.ts';
import {createToken, expiryAfter} from './tokens.ts';

/** `yes` or `no` for each path: an answer that was cut is never taken for absence. */
const thereScript = 'for file; do if [ -e "$file" ]; then echo yes; else echo no; fi; done';

/** Makes the Secret if it is not there, else replaces it as a whole: nothing of an older key stays, and no field belongs to two. */
const putScript = `secret=$(cat)
put() { printf '%s' "$secret" | kube "$1" -f - -o name; }
if said=$(put create 2>&1); then exit 0; fi
case $said in *lready*xists*) put replace >/dev/null ;; *) echo "$said" >&2; exit 1 ;; esac`;

const rightsScript = 'kube apply --server-side --field-manager kubestrap --force-conflicts -o name -f - >/dev/null';

/** The cluster's stored configuration. Throws IdentityError when it lets no control plane join: better now than on the joining machine. */
export async function configurationForControlPlanes({ask, node}: Api): Promise<Stored> {
	const map = await ask('kube -n kube-system get configmap kubeadm-config --ignore-not-found -o json');
	const text =
		map.trim() === '' ? undefined : (JSON.parse(map) as {data?: {ClusterConfiguration?: string}}).data?.ClusterConfiguration;
	const stored = text === undefined ? undefined : storedConfiguration(text);
	if (stored === undefined) {
		const hint = 'kubestrap init, or kubeadm init phase upload-config, puts it there';
		throw new IdentityError(`${node}: ConfigMap kube-system/kubeadm-config has no ClusterConfiguration that can be read`, {hint});
	}
	if (stored.controlPlaneEndpoint) return stored;
	throw new IdentityError('kubeadm lets no control plane join: the cluster has no controlPlaneEndpoint', {
		hint: 'say one in the config (controlPlaneEndpoint: host:port) and run kubestrap apply; then run this again',
	});
}

/** Reads the shared files on a control plane, seals them with the key and puts them into the cluster. Throws IdentityError, StepError. */
export async function shareCertificates(host: Host, api: Api, {stored, key, now, signal}: Wish): Promise<void> {
	const files = [...sharedFiles(stored)];
	const {stdout} = await host.exec(['sh', '-c', thereScript, 'sh', ...files.map(([, path]) => path)], {
		deadline: 30_000,
		...(signal && {signal}),
	});
	const there = stdout.split('\n').slice(0, -1);
	if (there.length !== files.length)
		throw new IdentityError(`${host.name}: the answer was cut`, {hint: 'run the same command again'});
	const sealed = await Promise.all(
		files.map(async ([name, path], index) => {
			// As kubeadm: what is not there (an authority's key that is kept elsewhere) is empty, and is not written on the other side.
			if (there[index] === 'no') return [name, ''] as const;
			return [name, seal(Buffer.from(await fetchFile(host, path, signal)), key).toString('base64')] as const;
		}),
	);
	const [id = '', secret = ''] = newToken().split('.');
	const expires = expiryAfter(now, proxySeconds);
	const uid = await createToken(api, {...proxyToken, id, secret, ...(expires && {expires})});
	await api.ask(putScript, [], JSON.stringify(sharedSecret(Object.fromEntries(sealed), {name: secretName(id), uid})));
	await api.ask(rightsScript, [], JSON.stringify(sharedRights));
}

type Wish = {
	readonly stored: Stored;
	/** 64 hexadecimal digits. */
	readonly key: string;
	/** The control plane's clock. */
	readonly now: Date;
	readonly signal?: AbortSignal | undefined;
};
