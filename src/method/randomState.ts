/** numpy's legacy random numbers (`numpy.random.RandomState`), so that draws are the same as nnU-Net's. */

const stateSize = 624;
const shift = 397;

/** Mersenne Twister MT19937 with numpy's way of drawing bounded integers. Source: numpy 1.26 legacy generator. */
export class RandomState {
  private readonly state = new Uint32Array(stateSize);
  private next = stateSize;

  /** @param seed whole number, 0 … 2^32 - 1 */
  constructor(seed: number) {
    this.state[0] = seed;
    for (let i = 1; i < stateSize; i++) {
      const previous = this.state[i - 1]! ^ (this.state[i - 1]! >>> 30);
      this.state[i] = Math.imul(1812433253, previous) + i;
    }
  }

  /** Uniform in 0 … 2^32 - 1. */
  uint32(): number {
    if (this.next >= stateSize) this.refill();
    let value = this.state[this.next++]!;
    value ^= value >>> 11;
    value ^= (value << 7) & 0x9d2c5680;
    value ^= (value << 15) & 0xefc60000;
    value ^= value >>> 18;
    return value >>> 0;
  }

  /** Uniform in 0 … maximum (inclusive, below 2^32), by masking and rejection; draws nothing when maximum is 0. */
  integer(maximum: number): number {
    if (maximum === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(maximum);
    for (;;) {
      const value = (this.uint32() & mask) >>> 0;
      if (value <= maximum) return value;
    }
  }

  /** The numbers 0 … count - 1 in random order (numpy's `permutation`, `shuffle`, `choice` without replacement). */
  permutation(count: number): number[] {
    const values = Array.from({ length: count }, (_, index) => index);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i);
      [values[i], values[j]] = [values[j]!, values[i]!];
    }
    return values;
  }

  private refill(): void {
    const { state } = this;
    for (let i = 0; i < stateSize; i++) {
      const mixed = (state[i]! & 0x80000000) | (state[(i + 1) % stateSize]! & 0x7fffffff);
      state[i] = state[(i + shift) % stateSize]! ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
    }
    this.next = 0;
  }
}
