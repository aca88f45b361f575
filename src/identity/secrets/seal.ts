/** How kubeadm seals what control planes share (cmd/kubeadm/app/util/crypto): AES-256-GCM; stored is nonce, ciphertext, tag. */
import {createCipheriv, randomBytes} from 'node:crypto';

const nonceBytes = 12;

/** A new certificate key: 64 hexadecimal digits, as `kubeadm certs certificate-key` prints them. */
export const newCertificateKey = (): string => randomBytes(32).toString('hex');

export function seal(plain: Buffer, key: string): Buffer {
	const nonce = randomBytes(nonceBytes);
	const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'hex'), nonce);
	return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}
