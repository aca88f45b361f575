/** Bootstrap tokens as Secrets, both ways (contract 9.8; cmd/kubeadm/app/apis/bootstraptoken/v1/utils.go). */
import type {Problem} from '../errors.ts';

/** A token in a cluster. `secret` is one; `expires` is RFC 3339, absent: never. */
export type Token = {
	readonly id: string;
	readonly secret: string;
	readonly expires?: string;
	readonly usages: readonly string[];
	readonly groups: readonly string[];
	readonly description?: string;
};

/** A Secret as `kubectl get -o json` shows it. */
export type Secret = {readonly metadata: {readonly name: string}; readonly data?: Readonly<Record<string, string>>};

export const idPattern = /^[a-z0-9]{6}$/;
export const tokenPattern = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const groupPattern = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
export const knownUsages = ['signing', 'authentication'];
export const usualGroup = 'system:bootstrappers:kubeadm:default-node-token';

/** Name of the Secret that holds a token. */
export const secretName = (id: string): string => `bootstrap-token-${id}`;

/** The Secret of a token. It holds the token: it travels on standard input only. */
export function tokenSecret({id, secret, expires, usages, groups, description}: Token): object {
	return {
		apiVersion: 'v1',
		kind: 'Secret',
		metadata: {name: secretName(id), namespace: 'kube-system'},
		type: 'bootstrap.kubernetes.io/token',
		stringData: {
			'token-id': id,
			'token-secret': secret,
			...(description ? {description} : {}),
			...(expires === undefined ? {} : {expiration: expires}),
			...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, 'true'])),
			...(groups.length > 0 ? {'auth-extra-groups': groups.join(',')} : {}),
		},
	};
}

/** The token that a Secret holds, or a sentence why it holds none. */
export function readToken({metadata: {name}, data = {}}: Secret): Token | string {
	const say = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
	const [id, secret, expires, description] = ['token-id', 'token-secret', 'expiration', 'description'].map(say) as [
		string,
		string,
		string,
		string,
	];
	if (name !== secretName(id)) return `Secret ${name} has another token-id than its name says`;
	if (!tokenPattern.test(`${id}.${secret}`)) return `Secret ${name} holds no token of the form [a-z0-9]{6}.[a-z0-9]{16}`;
	if (expires !== '' && Number.isNaN(Date.parse(expires))) return `Secret ${name} expires at no time: ${JSON.stringify(expires)}`;
	const prefix = 'usage-bootstrap-';
	const usages = Object.keys(data).filter((key) => key.startsWith(prefix) && say(key) === 'true');
	return {
		id,
		secret,
		...(expires === '' ? {} : {expires}),
		usages: usages.map((key) => key.slice(prefix.length)).sort(),
		groups: say('auth-extra-groups').split(',').filter(Boolean),
		...(description === '' ? {} : {description}),
	};
}

/** What is wrong with what a token shall be good for, as kubeadm's validation has it. */
export function tokenProblems({usages, groups}: Pick<Token, 'usages' | 'groups'>): Problem[] {
	const unknown = usages.filter((usage) => !knownUsages.includes(usage));
	const odd = groups.filter((group) => !groupPattern.test(group));
	return [
		...unknown.map((usage) => ({message: `--usages: ${usage} is no usage`, hint: `the usages are ${knownUsages.join(', ')}`})),
		...odd.map((group) => ({
			message: `--groups: ${group} is no group of bootstrap tokens`,
			hint: 'its name begins with system:bootstrappers: and goes on in a-z, 0-9, - and :',
		})),
	];
}
