import test from 'ava';
import {isProxied, readProxies} from '../../src/checks/proxy.ts';

const cases: [no: string, host: string, proxied: boolean][] = [
	['', '10.0.0.1', true],
	['*', '10.0.0.1', false],
	['10.0.0.1', '10.0.0.1', false],
	['10.0.0.1', '10.0.0.11', true],
	['10.0.0.0/8', '10.96.0.1', false],
	['10.0.0.0/8', '11.0.0.1', true],
	['10.0.0.0/99', '10.0.0.1', true],
	['fd00::/8', 'fd00::1', false],
	['fd00::1', 'fd00::1', false],
	['[fd00::1]:6443', 'fd00::1', false],
	['10.0.0.1:6443', '10.0.0.1', false],
	['10.0.0.1:443', '10.0.0.1', true],
	['example', 'api.example', false],
	['.example', 'api.example', false],
	['.example', 'example', true],
	['*.example', 'api.example', false],
	['EXAMPLE', 'API.example', false],
	['ample', 'api.example', true],
	[' a , 10.0.0.0/8 ', '10.0.0.1', false],
	['', 'localhost', false],
	['', '127.0.0.1', false],
	['', '::1', false],
];
for (const [no, host, proxied] of cases) {
	test(`NO_PROXY=${JSON.stringify(no)}: ${host} ${proxied ? 'uses the proxy' : 'is reached directly'}`, (t) => {
		t.is(isProxied({https: 'http://proxy:3128', no}, host, 6443), proxied);
	});
}

test('without a proxy nothing is proxied; upper case counts before lower, a login before /etc/environment', (t) => {
	t.false(isProxied(readProxies(['HTTP_PROXY=http://p']), '10.0.0.1', 443));
	t.deepEqual(readProxies(['https_proxy=http://b', 'HTTPS_PROXY="http://a"', 'HTTPS_PROXY=http://c', 'no_proxy=x']), {
		https: 'http://a',
		no: 'x',
	});
});
