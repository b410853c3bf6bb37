// Bundles src/ and styles/ into src/farthing/web/static: every file named by its content, and a manifest.json
// that tells the server which name each has. `--watch` builds again when a source changes.

import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { watch } from "node:fs";
import { basename, extname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { PurgeCSS } from "purgecss";

const HERE = import.meta.dirname;
const WEB = join(HERE, "..", "src", "farthing", "web");
const STATIC = join(WEB, "static");
const FRESH = join(WEB, "static.new");
const TEMPLATES = join(WEB, "templates");

/** What a visitor may have to load, compressed, all scripts together (docs/web.md). */
const SCRIPT_BYTES_MAX = 250_000;

async function build() {
  await rm(FRESH, { recursive: true, force: true });
  await mkdir(FRESH, { recursive: true });
  const manifest = { ...(await bundle()), ...(await images()) };
  await compress();
  await writeFile(join(FRESH, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await rm(STATIC, { recursive: true, force: true });
  await rename(FRESH, STATIC);
  return manifest;
}

/** Scripts, styles and the fonts that the styles name. */
async function bundle() {
  const result = await esbuild.build({
    absWorkingDir: HERE,
    entryPoints: ["src/app.ts", "styles/app.css", "styles/no_script.css"],
    outdir: FRESH,
    outbase: HERE,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2022", "chrome123", "firefox120", "safari17.5"],
    minify: true,
    legalComments: "none",
    loader: { ".woff2": "file" },
    plugins: [framework],
    metafile: true,
    logLevel: "warning",
  });
  const manifest = {};
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    const source = output.entryPoint ?? (extname(path) === ".woff2" ? Object.keys(output.inputs)[0] : undefined);
    if (source !== undefined) manifest[source.startsWith("node_modules") ? basename(source) : source] = basename(path);
  }
  return manifest;
}

async function images() {
  const manifest = {};
  for (const name of await readdir(join(HERE, "images"))) {
    const content = await readFile(join(HERE, "images", name));
    manifest[`images/${name}`] = await writeHashed(name, content);
  }
  return manifest;
}

async function writeHashed(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  const hashed = `${basename(name, extname(name))}-${hash}${extname(name)}`;
  await writeFile(join(FRESH, hashed), content);
  return hashed;
}

/** Of the CSS framework, only the rules that some page or script speaks of. Our own styles are kept whole. */
const framework = {
  name: "framework",
  setup(bundler) {
    bundler.onLoad({ filter: /tabler\.css$/ }, async ({ path }) => {
      const [purged] = await new PurgeCSS().purge({
        content: [join(TEMPLATES, "**/*.html"), join(WEB, "**/*.py"), join(HERE, "src/**/*.ts")],
        css: [path],
        variables: true,
      });
      return { contents: purged.css, loader: "css" };
    });
  },
};

/** A compressed copy beside every text, so that the server has nothing to compress. */
async function compress() {
  const bytes = { ".js": 0, ".css": 0, ".svg": 0 };
  for (const name of await readdir(FRESH)) {
    if (!(extname(name) in bytes)) continue;
    const packed = gzipSync(await readFile(join(FRESH, name)), { level: 9 });
    bytes[extname(name)] += packed.length;
    await writeFile(join(FRESH, `${name}.gz`), packed);
  }
  if (bytes[".js"] > SCRIPT_BYTES_MAX) {
    throw new Error(`the scripts are ${bytes[".js"]} bytes compressed, more than ${SCRIPT_BYTES_MAX}`);
  }
  console.log(`scripts ${kilobytes(bytes[".js"])}, styles ${kilobytes(bytes[".css"])}, compressed`);
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

async function main() {
  await build();
  if (!process.argv.includes("--watch")) return;
  for (const folder of [join(HERE, "src"), join(HERE, "styles"), join(HERE, "images"), TEMPLATES]) {
    watch(folder, { recursive: true }, debounced(folder));
  }
}

function debounced(folder) {
  let timer;
  return (_, name) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      console.log(`${relative(HERE, folder)}/${name} changed`);
      build().catch((error) => console.error(error.message));
    }, 100);
  };
}

await main();
