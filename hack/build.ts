/** Bundles src/ into dist/: a tiny entry, and lazily loaded chunks. Templates stay files beside dist/ and are read at run time. */
import {chmod, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {build} from 'esbuild';

const root = join(import.meta.dirname, '..');
const out = join(root, 'dist');

await rm(out, {recursive: true, force: true});
await build({
	absWorkingDir: root,
	entryPoints: {main: 'src/main.ts'},
	outdir: out,
	bundle: true,
	splitting: true,
	minify: true,
	format: 'esm',
	platform: 'node',
	target: 'node24',
	legalComments: 'linked',
	// Optional native parts of ssh2: used where they are, never needed.
	external: ['cpu-features', '*.node'],
	alias: {'string-width': join(root, 'hack/string-width.ts')},
	// ssh2 and node-forge are CommonJS and ask for `require` and `__dirname`; a banner with `__dirname` would clash with yargs' own.
	banner: {js: "import {createRequire as kubestrapRequire} from 'node:module';const require=kubestrapRequire(import.meta.url);"},
	define: {__dirname: 'import.meta.dirname', __filename: 'import.meta.filename'},
});
await chmod(join(out, 'main.js'), 0o755);
