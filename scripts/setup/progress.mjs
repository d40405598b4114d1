// What the set-up says while it works: one line that counts up on a terminal, a line at begin and end elsewhere.

/**
 * @param {{ silent?: boolean, stream?: NodeJS.WriteStream }} options `silent` shows a step only once it has taken a second.
 */
export function createProgress({ silent = false, stream = process.stderr } = {}) {
  const say = (text) => stream.write(text);

  /** Shows a step while `work(report)` runs; `report` takes a few words on how far it is. Returns work's value. */
  async function step(title, work) {
    const startedAt = Date.now();
    const seconds = () => Math.round((Date.now() - startedAt) / 1000);
    let detail = "";
    let announced = false;
    const show = () => {
      if (stream.isTTY) say(`\r\u001b[K${title} … ${[detail, `${seconds()} s`].filter(Boolean).join(", ")}`);
      else if (!announced) say(`${title} …\n`);
      announced = true;
    };
    if (!silent) show();
    const timer = setInterval(show, 1000);
    const finish = (ending) => {
      clearInterval(timer);
      if (!announced) return;
      say(stream.isTTY ? `\r\u001b[K${title}: ${ending}, ${seconds()} s\n` : `${title}: ${ending}, ${seconds()} s\n`);
    };
    try {
      const { value, ending } = await work((words) => (detail = words));
      finish(ending);
      return value;
    } catch (error) {
      finish("failed");
      throw error;
    }
  }

  return { step, say: (text) => say(`${text}\n`) };
}
