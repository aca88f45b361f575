/** Key algorithms and signature algorithms, each a row. Source: kubeadm's encryptionAlgorithm, and Go's x509 for how a key signs. */
import type {KeyObject} from 'node:crypto';

/** `sealed`: the traditional PEM encoding that kubeadm writes for a key of this kind (PKCS#1, SEC1). */
export type KeyRow =
	| {readonly type: 'rsa'; readonly bits: number; readonly sealed: 'pkcs1'}
	| {readonly type: 'ec'; readonly curve: string; readonly sealed: 'sec1'};

export const keyAlgorithms = {
	'RSA-2048': {type: 'rsa', bits: 2048, sealed: 'pkcs1'},
	'RSA-3072': {type: 'rsa', bits: 3072, sealed: 'pkcs1'},
	'RSA-4096': {type: 'rsa', bits: 4096, sealed: 'pkcs1'},
	'ECDSA-P256': {type: 'ec', curve: 'prime256v1', sealed: 'sec1'},
	'ECDSA-P384': {type: 'ec', curve: 'secp384r1', sealed: 'sec1'},
} as const satisfies Record<string, KeyRow>;

export type Algorithm = keyof typeof keyAlgorithms;

export type SignatureRow = {
	readonly key: string;
	readonly digest: string;
	readonly oid: string;
	readonly parameters: 'null' | 'none';
};

/** By the signer's key, which need not be of the algorithm that the cluster asks for: an own CA may be anything in this table. */
export const signatures: readonly SignatureRow[] = [
	{key: 'rsa', digest: 'sha256', oid: '1.2.840.113549.1.1.11', parameters: 'null'},
	{key: 'prime256v1', digest: 'sha256', oid: '1.2.840.10045.4.3.2', parameters: 'none'},
	{key: 'secp384r1', digest: 'sha384', oid: '1.2.840.10045.4.3.3', parameters: 'none'},
	{key: 'secp521r1', digest: 'sha512', oid: '1.2.840.10045.4.3.4', parameters: 'none'},
];

/** The signature row for a key. Throws a plain Error for a kind of key that Kubernetes' components could not use either. */
export function signatureOf(key: KeyObject): SignatureRow {
	const kind = key.asymmetricKeyType === 'rsa' ? 'rsa' : key.asymmetricKeyDetails?.namedCurve;
	const row = signatures.find(({key: name}) => name === kind);
	if (!row) throw new Error(`keys of type ${kind ?? key.asymmetricKeyType} sign no certificates here; RSA and ECDSA do`);
	return row;
}
