/** What we are willing to speak: no SHA-1, no CBC, no small groups. The fastest cipher in Node comes first (aes128-gcm). */

export const kex = [
	'curve25519-sha256',
	'curve25519-sha256@libssh.org',
	'ecdh-sha2-nistp256',
	'ecdh-sha2-nistp384',
	'ecdh-sha2-nistp521',
	'diffie-hellman-group16-sha512',
	'diffie-hellman-group18-sha512',
	'diffie-hellman-group14-sha256',
] as const;
export const cipher = [
	'aes128-gcm@openssh.com',
	'aes256-gcm@openssh.com',
	'chacha20-poly1305@openssh.com',
	'aes128-ctr',
	'aes256-ctr',
] as const;
export const hmac = ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'] as const;
