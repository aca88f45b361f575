/** What `kubeadm join` is told (contract 1.9, 10.2; cmd/kubeadm/app/cmd/util/join.go). */
import {createHash} from 'node:crypto';
import {publicKeyOf, spki} from '../../pki/keys.ts';
import {certificatesIn} from '../../pki/read.ts';
import {parseYaml} from '../yaml.ts';

/** Where the cluster is found: `host:port`, and a pin of each certificate of its authority (`sha256:…`). */
export type Door = {readonly endpoint: string; readonly pins: readonly string[]};

type ClusterInfo = {
	readonly clusters?: readonly {
		readonly cluster?: {readonly server?: string; readonly 'certificate-authority-data'?: string};
	}[];
};

/** The door that a kubeconfig names, as ConfigMap cluster-info has one; undefined when it names none. */
export function doorOf(kubeconfig: string): Door | undefined {
	const {documents, problems} = parseYaml(kubeconfig);
	const info = problems.length === 0 ? (documents[0]?.value as ClusterInfo | null | undefined) : undefined;
	const {server, 'certificate-authority-data': authority} = info?.clusters?.[0]?.cluster ?? {};
	const certificates = certificatesIn(Buffer.from(authority ?? '', 'base64').toString());
	if (!server?.startsWith('https://') || certificates.length === 0) return undefined;
	return {endpoint: server.slice('https://'.length), pins: certificates.map(pinOf)};
}

/** SHA-256 of a certificate's public key, as kubeadm's discovery pins it. */
function pinOf(certificate: string): string {
	return `sha256:${createHash('sha256')
		.update(spki(publicKeyOf(certificate)))
		.digest('hex')}`;
}

/** The line that a machine joins with; with a certificate key it becomes a control plane. Holds secrets. */
export function joinCommand({endpoint, pins}: Door, token: string, certificateKey?: string): string {
	const hashes = pins.flatMap((pin) => ['--discovery-token-ca-cert-hash', pin]);
	const role = certificateKey === undefined ? [] : ['--control-plane', '--certificate-key', certificateKey];
	return ['kubeadm', 'join', endpoint, '--token', token, ...hashes, ...role].join(' ');
}
