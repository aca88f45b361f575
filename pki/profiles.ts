/** What a certificate may be used for, each use a row. Source: kubeadm-contract.md §4.4; the kubelet's row is what its own CSR asks for. */
export type KeyUsage = 'digitalSignature' | 'keyEncipherment' | 'keyCertSign';
export type ExtendedKeyUsage = 'serverAuth' | 'clientAuth';
export type Profile = {
	readonly authority: boolean;
	readonly keyUsage: readonly KeyUsage[];
	readonly extendedKeyUsage: readonly ExtendedKeyUsage[];
};

const leaf: readonly KeyUsage[] = ['digitalSignature', 'keyEncipherment'];

export const profiles = {
	authority: {authority: true, keyUsage: [...leaf, 'keyCertSign'], extendedKeyUsage: []},
	server: {authority: false, keyUsage: leaf, extendedKeyUsage: ['serverAuth']},
	client: {authority: false, keyUsage: leaf, extendedKeyUsage: ['clientAuth']},
	peer: {authority: false, keyUsage: leaf, extendedKeyUsage: ['serverAuth', 'clientAuth']},
	/** The kubelet's key is ECDSA, with which nothing is enciphered, so its request does not ask for that. */
	kubelet: {authority: false, keyUsage: ['digitalSignature'], extendedKeyUsage: ['clientAuth']},
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;

/** Bit numbers of RFC 5280 §4.2.1.3. */
export const keyUsageBits: Readonly<Record<KeyUsage, number>> = {digitalSignature: 0, keyEncipherment: 2, keyCertSign: 5};

export const extendedKeyUsageOids: Readonly<Record<ExtendedKeyUsage, string>> = {
	serverAuth: '1.3.6.1.5.5.7.3.1',
	clientAuth: '1.3.6.1.5.5.7.3.2',
};
