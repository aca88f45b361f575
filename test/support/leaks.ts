/** How secrets got past censors: what attackers and bad luck make of them. Each has the word CANARY in it, as it is or in base64. */
export const pem = (kind: string) =>
	`-----BEGIN ${kind}-----\n${'CANARY01'.repeat(8)}\n${'CANARY02'.repeat(8)}\n-----END ${kind}-----\n`;
export const base64 = (text: string) => Buffer.from(text).toString('base64');

const key = pem('RSA PRIVATE KEY').replace('\n-----END', '\nCANARY==\n-----END');
const secret = {kind: 'Secret', data: {x: 'CANARY'}};

export const more: readonly string[] = [
	// Keys without head, without end, without either; in logs and in base64 that lost its beginning.
	key.split('\n').slice(1).join('\n'),
	key
		.split('\n')
		.slice(1, -1)
		.map((line) => `2026-11-21T00:00:00Z stderr F ${line}`)
		.join('\n'),
	key.split('\n').slice(1, -2).join('\n'),
	pem('PGP PRIVATE KEY BLOCK'),
	base64(key).slice(21),
	base64(key).slice(30),
	base64('users:\n- user:\n    token: CANARYtoken0123456789\n'),
	base64(base64('users:\n- user:\n    token: CANARYtoken0123456789\n')),
	base64('{"auths":{"r.example":{"auth":"CANARY=="}}}'),
	// Arguments of programs.
	'    - --password\n    - CANARY',
	'      --etcd-password\n      CANARY',
	'["--password","CANARY"]',
	'curl -u bob:CANARY https://x',
	'etcdctl --user=root:CANARY member list',
	'sshpass -p CANARY ssh x',
	// Settings of programs.
	'[plugins.x.auth]\n  username = "u"\n  identitytoken = "CANARYid"\n  password = "CANARY pw"',
	'stats auth admin:CANARY',
	'user bob insecure-password CANARY',
	'machine r login bob password CANARY',
	'Environment="DB_PASSWORD=CANARY one CANARY two"',
	'DB_PASSWORD_PROD=CANARY',
	'PASSWORD1=CANARY',
	'password: my CANARY phrase',
	'password = my CANARY phrase',
	'password: "CANARY one CANARY',
	"token='CANARY one CANARY",
	'password="x ghp_012345678901234 CANARY"',
	'secret: /CANARYabc/def',
	'{"Type":"wireguard","PSK":"CANARY"}',
	'PresharedKey = CANARY=',
	'AccountName=x;AccountKey=CANARY/==;EndpointSuffix=y',
	'<password>CANARY</password>',
	'//registry.npmjs.org/:_authToken=CANARY',
	'root:$6$CANARY$CANARYhash:19000:0',
	'bob:$apr1$CANARY$CANARYCANARYCANARY',
	// Addresses and headers.
	'Get "https://x.blob.core.windows.net/y?sv=1&sig=CANARY%3D&se=2"',
	'https://s3/x?X-Amz-Signature=CANARY01&X-Amz-Security-Token=CANARY',
	'https://oss/x?OSSAccessKeyId=x&Signature=CANARY%3D',
	'parse "http://bob:CAN/CANARY@host:3128": invalid port ":CANARY" after host',
	'http://bob:x#CANARY@h',
	'proxy bob:CANARY@proxy.example:3128 refused',
	'Authorization: Digest username="bob", realm="x", response="CANARY"',
	'Authorization: AWS4-HMAC-SHA256 Credential=AKIAX/2026, SignedHeaders=host, Signature=CANARY01',
	'Bearer "CANARYCANARY"',
	'Cookie: a=x; session=CANARY',
	'"Set-Cookie":["a=x","b=CANARY"]',
	'X-Api-Key: CANARY',
	'Ocp-Apim-Subscription-Key: CANARY',
	// Environments of containers.
	'{"value":"CANARY","name":"DB_PASSWORD"}',
	'- value: CANARY\n  name: DB_PASSWORD',
	'- name: DB_PASSWORD\n  value: |\n    CANARY\n    CANARY\n- name: X',
	'- name: DB_PASSWORD\n  value: "CANARY\n    CANARY"',
	'- {name: DB_PASSWORD, value: CANARY}',
	'- name: MYSQL_DSN\n  value: bob:CANARY@tcp(10.0.0.1:3306)/x',
	// Secret objects, in any order of their fields.
	'apiVersion: v1\ndata:\n  any: CANARY\nkind: Secret\nmetadata:\n  name: x',
	'items:\n- apiVersion: v1\n  data:\n    x: CANARY\n  kind: Secret',
	JSON.stringify(secret, null, 2),
	JSON.stringify({data: secret.data, kind: 'Secret'}, null, 2),
	JSON.stringify({text: JSON.stringify(secret)}),
	'&Secret{ObjectMeta:{x},Data:map[string][]byte{x: CANARY,},}',
	'map[password:CANARY user:x]',
	'{Username:bob Password:CANARY}',
	// Tokens that tell by themselves what they are, and one that kubeadm prints in a line of its own.
	'xoxb-CANARY-0123456789',
	'AIzaCANARY5678901234567890123456789012345',
	'hvs.CANARYCANARYCANARYCANARY',
	'K10ca0a47f902e114ef118304e561c3ecd4d0b543adc226b7a07f675f56564185ff::server:CANARY',
	'[upload-certs] Using certificate key:\nca0a47f902e114ef118304e561c3ecd4d0b543adc226b7a07f675f56564185ff',
	'invalid token CANARY0123456789abcdef0123',
];
