/** A line on a terminal that says what is being done, for steps that take longer than a second. */
export class Progress {
  private step = "";
  private shown = false;
  private readonly started = Date.now();
  private readonly timer: NodeJS.Timeout | undefined;

  /** @param stream a terminal, or undefined where nobody looks: then nothing is written */
  constructor(private readonly stream: NodeJS.WriteStream | undefined) {
    if (stream?.isTTY) {
      this.timer = setInterval(() => this.draw(), 250);
      this.timer.unref();
    }
  }

  readonly say = (step: string): void => {
    this.step = step;
  };

  private draw(): void {
    const seconds = Math.floor((Date.now() - this.started) / 1_000);
    if (seconds < 1) return;
    this.stream?.write(`\r\u001b[2K${this.step} … ${seconds} s`);
    this.shown = true;
  }

  end(): void {
    clearInterval(this.timer);
    if (this.shown) this.stream?.write("\r\u001b[2K");
  }
}
