/** Finds the request of a node's kubelet among those of the cluster, and compares it with the key on that node. */
import {setTimeout as pause} from 'node:timers/promises';
import {publicKeyOf, readPrivateKey, spki} from '../../../pki/keys.ts';
import {type Request, readRequest} from '../../../pki/request.ts';
import {kubeShell} from '../../access/kubectl.ts';
import {joinGroup, waitingKey} from '../../contract/joining.ts';
import {IdentityError, Interrupted} from '../../errors.ts';
import {repeated} from '../../host/repeated.ts';
import type {Host} from '../../model.ts';
import {fetchFile} from './fetch.ts';

export type Asked = {
	readonly node: string;
	/** Folder of the kubelet's certificates on the node. */
	readonly pki: string;
	/** The API server on the machine through which we ask. */
	readonly server: string;
	/** Id of this run's token. */
	readonly token: string;
};
type Ways = {
	readonly host: Host;
	readonly through: Host;
	readonly signal: AbortSignal | undefined;
	readonly hide: (text: string) => string;
};
type Item = {
	readonly metadata?: {readonly name?: unknown};
	readonly spec?: {
		readonly username?: unknown;
		readonly groups?: unknown;
		readonly signerName?: unknown;
		readonly usages?: unknown;
		readonly request?: unknown;
	};
};

/** `sh -c SCRIPT sh PKI NAME`: the public half of the key that waits, as PEM; `done` when there is a certificate already; 3: no openssl here. */
const keyScript = `until=$(($(date +%s) + 100))
while [ ! -s "$1/$2" ]; do
	[ ! -e "$1/kubelet-client-current.pem" ] || { echo done; exit; }
	[ "$(date +%s)" -lt "$until" ] || { echo "the kubelet has made no key in $1"; exit 1; }
	sleep 0.1
done
command -v openssl >/dev/null || exit 3
openssl pkey -in "$1/$2" -pubout`;

const requestsScript = `${kubeShell}kube get certificatesigningrequests.certificates.k8s.io --output=json`;

const secondsForRequest = 100;

/**
 * Name of the request that may be approved: asked for with a token of ours, in the name of this node and no other, for nothing but what a
 * kubelet needs, with the key that lies on the machine. Empty when the kubelet has its certificate already. Throws IdentityError when it does not
 * come in time, or when somebody asks with this run's token for something else in the node's name; Interrupted.
 */
export async function nodeRequest(asked: Asked, ways: Ways): Promise<string> {
	const key = await keyOnNode(asked, ways);
	if (key === undefined) return '';
	const until = performance.now() + secondsForRequest * 1000;
	for (;;) {
		const found = await requests(ways);
		const [name] = found.filter((item) => isOurs(item, asked, key)).map(({metadata}) => String(metadata?.name));
		// The kubelet names its request by a hash in base64.
		if (name !== undefined && /^[A-Za-z0-9][\w.-]*$/.test(name)) return name;
		if (performance.now() > until) throw late(asked);
		await pause(300, undefined, ways.signal ? {signal: ways.signal} : {}).catch(() => {
			throw new Interrupted();
		});
	}
}

async function keyOnNode({node, pki}: Asked, {host, signal, hide}: Ways): Promise<Buffer | undefined> {
	const argv = ['sh', '-c', keyScript, 'sh', pki, waitingKey];
	const {code, stdout, stderr} = await repeated(host, argv, {deadline: 120_000, ...(signal && {signal})});
	if (code === 3) return spki(readPrivateKey(hide(await fetchFile(host, `${pki}/${waitingKey}`, signal))));
	if (code !== 0) throw new IdentityError(`${node}: ${(stdout || stderr).trim().split('\n').at(-1)}`, {hint: again});
	return stdout.trim() === 'done' ? undefined : spki(publicKeyOf(stdout));
}

async function requests({through, signal}: Ways): Promise<readonly Item[]> {
	const {code, stdout} = await repeated(through, ['sh', '-c', requestsScript], {
		deadline: 30_000,
		...(signal && {signal}),
	});
	if (code !== 0) return [];
	try {
		const {items} = JSON.parse(stdout) as {items?: unknown};
		return Array.isArray(items) ? (items as Item[]) : [];
	} catch {
		return [];
	}
}

/**
 * Whether it is the node's. The kubelet's name for its request comes from its key, so what it asked in a run that was killed is what it waits for
 * now: who had the token of that run was in our group too. Throws IdentityError when this run's token asks in the node's name for something else.
 */
function isOurs({metadata, spec}: Item, {node, token}: Asked, key: Buffer): boolean {
	const [, id] = /^system:bootstrap:([a-z0-9]{6})$/.exec(String(spec?.username)) ?? [];
	if (id === undefined || spec?.signerName !== 'kubernetes.io/kube-apiserver-client-kubelet') return false;
	if (!Array.isArray(spec.groups) || !spec.groups.includes(joinGroup)) return false;
	const asked = readable(spec.request);
	if (asked?.commonName !== `system:node:${node}`) return false;
	const uses = Array.isArray(spec.usages) ? spec.usages : [];
	const modest = uses.every((use) => use === 'client auth' || use === 'digital signature' || use === 'key encipherment');
	const isSame = spki(asked.key).equals(key);
	if (modest && !asked.extended && asked.organizations.join() === 'system:nodes' && isSame) return true;
	if (id !== token) return false;
	const what = isSame ? 'that is good for more than a kubelet needs' : 'with another key';
	throw new IdentityError(`somebody asks for a certificate in the name of ${node} ${what} (${String(metadata?.name)})`, {
		hint: `It was not approved. Find out who has the token of this run; kubectl describe csr ${String(metadata?.name)} tells more.`,
	});
}

function readable(request: unknown): Request | undefined {
	if (typeof request !== 'string') return undefined;
	try {
		return readRequest(Buffer.from(request, 'base64').toString());
	} catch {
		// Nobody can have a certificate for what no reader understands.
		return undefined;
	}
}

const again = 'Look at the machine, then run the same command again.';

const late = ({node, server}: Asked) =>
	new IdentityError(`${node}: its kubelet has not asked for a certificate within ${secondsForRequest} s`, {
		hint: `Can ${node} reach ${server}? Then run the same command again.`,
	});
