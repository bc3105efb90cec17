import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../test/support/freePort.js';
import { Background, eventually } from './process.js';

const PLACES = ['/usr/bin/prometheus', '/usr/local/bin/prometheus'];

/** The path of Prometheus; undefined where it is not installed. `PROMETHEUS` names another one. */
export const PROMETHEUS = [process.env['PROMETHEUS'] ?? '', ...PLACES].find((path) => path !== '' && existsSync(path));

export const WITHOUT_PROMETHEUS =
  PROMETHEUS === undefined
    ? ' (skipped: there is no Prometheus; install the package prometheus, or name one in PROMETHEUS)'
    : '';

/** A part of Prometheus' configuration: what to scrape, and with which labels. */
export interface ScrapeConfig {
  readonly job_name: string;
  readonly honor_labels?: boolean;
  readonly static_configs: readonly {
    readonly targets: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
  }[];
}

/** A real Prometheus that scrapes each second. */
export class TestPrometheus {
  readonly url: string;
  readonly #folder: string;
  readonly #server: Background;

  private constructor(url: string, folder: string, server: Background) {
    this.url = url;
    this.#folder = folder;
    this.#server = server;
  }

  /** @param scraped host and port with `/metrics`, or more targets with their labels */
  static async start(scraped: string | readonly ScrapeConfig[]): Promise<TestPrometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'slicehints-prometheus-'));
    const config = join(folder, 'prometheus.json');
    // YAML includes JSON.
    const scrapeConfigs =
      typeof scraped === 'string' ? [{ job_name: 'traffic', static_configs: [{ targets: [scraped] }] }] : scraped;
    await writeFile(
      config,
      JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: scrapeConfigs,
      }),
    );
    const address = `127.0.0.1:${await freePort()}`;
    const server = new Background(
      [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=${address}`],
      {},
      [PROMETHEUS ?? ''],
    );
    const prometheus = new TestPrometheus(`http://${address}`, folder, server);
    try {
      await eventually(async () => {
        const { ok } = await fetch(`http://${address}/-/ready`);
        if (!ok) throw new Error(`Prometheus is not ready: ${server.stderr}`);
      });
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
    return prometheus;
  }

  async stop(): Promise<void> {
    await this.#server.end();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
