/** What a value may look like that later reaches a machine: each grammar refuses everything that it does not know. */
import * as z from 'zod';
import {parseImage} from '../artifacts/mirror.ts';
import {versionProblem} from '../versions.ts';
import {parseDuration} from './duration.ts';
import {parseAddress, parseSubnet, splitHostPort, splitSubnets} from './network.ts';

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const subdomain = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);
const anyCase = new RegExp(subdomain.source, 'i');
const word = '[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?';

/** All digits and dots look like an address; what looks like one must be one, else two readers see two machines. */
const isName = (text: string) => anyCase.test(text) && !/^[\d.]+$/.test(text);
const isHost = (text: string) => parseAddress(text) !== undefined || isName(text);

const text = (holds: (value: string) => boolean, what: string) => z.string().refine(holds, {error: `must be ${what}`});
const pattern = (expression: RegExp, what: string) => z.string().regex(expression, {error: `must be ${what}`});

export const version = z.string().superRefine((value, context) => {
	const problem = versionProblem(value);
	if (problem) context.addIssue({code: 'custom', message: `${problem.message}; ${problem.hint}`});
});
export const clusterName = pattern(new RegExp(`^${label}$`), 'an RFC 1123 label: small letters, digits and -, at most 63');
export const dnsDomain = pattern(subdomain, 'a DNS domain in small letters');
/** kubeadm trims and lowers a node's name, and so does load. */
export const nodeName = text((value) => isName(value.trim()), 'an RFC 1123 name: letters, digits, - and .');
export const host = text(isHost, 'a host name or an IP address');
export const ip = text((value) => parseAddress(value) !== undefined, 'an IP address');
export const nodeAddress = text((value) => {
	const address = parseAddress(value);
	if (address === undefined) return false;
	const first = address.family === 'v4' ? address.value >> 24n : undefined;
	if (first !== undefined) return first !== 0n && first !== 127n && first < 224n && address.value >> 16n !== 0xa9fen;
	return address.value > 1n && address.value >> 118n !== 0x3fan && address.value >> 120n !== 0xffn;
}, 'an IP address that other nodes can reach (not loopback, link-local, multicast or 0.0.0.0)');
export const port = z.int().min(1, {error: 'must be between 1 and 65535'}).max(65535, {error: 'must be between 1 and 65535'});
export const endpoint = text((value) => {
	const parts = splitHostPort(value);
	if (parts === undefined || (value.startsWith('[') && parts.port === undefined)) return false;
	return isHost(parts.host) && parts.host === parts.host.toLowerCase();
}, 'HOST, HOST:PORT, an IP or [IPv6]:PORT, in small letters');
export const subnets = text((value) => {
	const parts = splitSubnets(value).map(parseSubnet);
	const families = parts.map((part) => part?.family);
	return !families.includes(undefined) && parts.length > 0 && parts.length <= 2 && new Set(families).size === parts.length;
}, 'a subnet like 10.244.0.0/16 without bits beyond its prefix, or one of IPv4 and one of IPv6 with a comma between');
export const subjectName = text(
	(value) => isHost(value) || (value.startsWith('*.') && isName(value.slice(2))),
	'an IP address, a DNS name or a wildcard like *.example.org',
);

export const user = pattern(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/, 'a login name');
export const jumpHost = text((value) => {
	const at = value.lastIndexOf('@');
	const parts = splitHostPort(value.slice(at + 1));
	return parts !== undefined && isHost(parts.host) && (at === -1 || user.safeParse(value.slice(0, at)).success);
}, 'USER@HOST or USER@HOST:PORT');
export const hostKey = pattern(
	/^(?:SHA256:[A-Za-z0-9+/]{43}=?|(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]{20,}={0,3}(?: [ -~]*)?)$/,
	'a fingerprint (SHA256:…) or a public key line (ssh-ed25519 AAAA…)',
);

const plainText = /^\P{Cc}*$/u;
/** A path on the operator's machine. */
export const localPath = pattern(/^\P{Cc}+$/u, 'a path');
const isNormal = (value: string) => value === '/' || /^(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/.test(value);
/** Without blanks, quotes, dollars, and the % that systemd's units expand. */
const isPlainPath = (value: string) => /^\/[A-Za-z0-9._~@+=:,/-]+$/.test(value) && isNormal(value);
/** A path on a node that also lands in flags and unit files: no blanks, quotes or dollars. */
export const nodePath = text(
	isPlainPath,
	'an absolute path without .., //, a trailing / or characters beyond letters, digits and . _ ~ @ + = : , -',
);
/** A folder that kubestrap makes, and whose mode it sets: that must not happen to one of the machine's own top folders. */
export const nodeFolder = nodePath.refine((value) => /^\/[^/]+\/./.test(value), {
	error: 'must be a folder below a top folder of the machine, like /etc/kubernetes/pki or /etcd/data',
});
/** A path that only lands in a manifest. */
export const mountPath = text(
	(value) => value.startsWith('/') && plainText.test(value) && isNormal(value.replace(/(?<=.)\/$/, '')),
	'an absolute path without .. or //',
);
export const line = pattern(plainText, 'one line without control characters');
/** systemd splits the kubelet's flags at blanks, and nothing in kubeadm-flags.env can quote them twice. */
export const kubeletValue = pattern(/^[!#-&(-[\]-~]*$/, 'printable ASCII without blanks, quotes and backslashes');
export const argName = pattern(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'the name of a flag without leading dashes');
export const envName = pattern(/^[A-Za-z_.-][A-Za-z0-9_.-]*$/, 'the name of an environment variable');

export const labelKey = pattern(
	new RegExp(`^(?:(?=[^/]{1,253}/)${label}(?:\\.${label})*/)?${word}$`),
	'a label key: [prefix/]name, the name of letters, digits and - _ . , at most 63',
);
export const labelValue = pattern(new RegExp(`^(?:${word})?$`), 'a label value: letters, digits and - _ . , at most 63');

const hundredYears = 100 * 8760 * 3600;
export const duration = text((value) => parseDuration(value) !== undefined, 'a duration like 24h, 30m or 4m0s');
export const validity = text((value) => {
	const total = parseDuration(value);
	return total !== undefined && total >= 60 && total <= hundredYears;
}, 'a duration like 8760h, from a minute to a hundred years');

export const imageRepository = text((value) => {
	const name = parseImage(`${value}/x`);
	return name !== undefined && name.tag === undefined && parseImage(`${value}/x`)?.repository.endsWith('x') === true;
}, 'a registry with a path, like registry.k8s.io or r.example:5000/k8s');
export const imageTag = pattern(/^\w[\w.-]{0,127}$/, 'an image tag');
export const socket = text(
	(value) => value.startsWith('unix://') && isPlainPath(value.slice('unix://'.length)),
	'an address like unix:///var/run/containerd/containerd.sock',
);

const isUrl = (value: string, schemes: readonly string[]) => {
	if (!/^[!-~]+$/.test(value) || /["'`\\$<>^|{}]/.test(value) || !URL.canParse(value)) return false;
	const url = new URL(value);
	return schemes.includes(url.protocol) && url.hostname !== '' && !url.username && !url.password && !url.search && !url.hash;
};
/** It is written to nodes as it is: nobody there fills in a host. */
export const mirrorUrl = text(
	(value) => isUrl(value, ['http:', 'https:']),
	'an address like https://mirror.example/prefix, without user, query, fragment or {host}',
);
const localFolder = /^(?!(?:.*\/)?\.\.(?:\/|$))(?:file:\/\/\/|\/|\.(?:\/|$)|~\/)\P{Cc}*$/u;
export const binarySource = text(
	(value) => localFolder.test(value) || isUrl(value.replace('/{host}', ''), ['http:', 'https:']),
	'an address like https://mirror.example/prefix, without user, query or fragment, or a folder like ./releases',
);
export const etcdUrl = text((value) => isUrl(value, ['http:', 'https:']), 'an address like https://10.0.0.5:2379');
export const registryHost = text(
	(value) => parseImage(`${value}/x/y:z`)?.registry === value,
	'the host of a registry, like registry.k8s.io',
);
export const hostWithPort = text((value) => splitHostPort(value)?.port !== undefined, 'HOST:PORT');
