// Draws a photo through a rendering with WebGL 2: what looksmith/rendering.py does, on the GPU.
//
//   const painter = new Painter(canvas);
//   painter.setPhoto(bitmap);                       // or a video, again for every frame
//   painter.setRendering(parseRendering(buffer));   // from /v1/looks/ID/rendering
//   painter.draw({ grade: 0.7, mood: 1 }, 0.5);     // left of the middle: the photo as it is

/** Read a packed rendering (safetensors): [{name, amount, lut, grid}, …], and its `label`. */
export function parseRendering(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const tensor = (name) => {
    if (!(name in header)) return null;
    const { shape, data_offsets: [from, to] } = header[name];
    const start = 8 + length + from;
    return { shape, data: new Uint16Array(buffer.slice(start, start + to - from)) };
  };
  const { stages, label } = header.__metadata__;
  const parsed = JSON.parse(stages).map((stage, i) =>
    ({ ...stage, lut: tensor(`${i}.lut`), grid: tensor(`${i}.grid`) }));
  return Object.assign(parsed, { label });
}

const VERTEX = `#version 300 es
in vec2 corner;
out vec2 at;
void main() {
  at = vec2(corner.x, 1.0 - corner.y);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

const HEAD = `#version 300 es
precision highp float;
precision highp sampler3D;
uniform sampler2D photo;
uniform vec2 size;
uniform float split;
in vec2 at;
out vec4 colour;

vec3 lookUp(sampler3D lut, vec3 v) {
  float n = float(textureSize(lut, 0).x);
  return texture(lut, (v * (n - 1.0) + 0.5) / n).rgb;
}

// The grid holds one block of levels each for the rows that make red, green and blue.
vec3 transformed(sampler3D grid, vec3 v, float guide, vec2 place) {
  vec3 cells = vec3(textureSize(grid, 0));
  float levels = cells.z / 3.0;
  vec2 xy = (place * (cells.xy - 1.0) + 0.5) / cells.xy;
  float level = guide * (levels - 1.0) + 0.5;
  vec4 one = vec4(v, 1.0);
  return vec3(
    dot(texture(grid, vec3(xy, level / cells.z)), one),
    dot(texture(grid, vec3(xy, (level + levels) / cells.z)), one),
    dot(texture(grid, vec3(xy, (level + 2.0 * levels) / cells.z)), one));
}
`;

function fragment(stages) {
  const lines = stages.map(({ lut, grid }, i) => {
    const made = lut ? `lookUp(lut${i}, v)` : 'v';
    const guide = 'dot(v, vec3(0.2126, 0.7152, 0.0722))';
    const out = grid ? `transformed(grid${i}, ${made}, ${guide}, place)` : made;
    return `  v = clamp(mix(v, ${out}, amount${i}), 0.0, 1.0);`;
  });
  const uniforms = stages.map(({ lut, grid }, i) =>
    `uniform float amount${i};\n` +
    (lut ? `uniform sampler3D lut${i};\n` : '') + (grid ? `uniform sampler3D grid${i};\n` : ''));
  return `${HEAD}${uniforms.join('')}
void main() {
  vec4 source = texture(photo, at);
  vec3 v = source.rgb;
  if (at.x < split) { colour = source; return; }
  vec2 place = clamp((at * size - 0.5) / max(size - 1.0, 1.0), 0.0, 1.0);
${lines.join('\n')}
  colour = vec4(v, source.a);
}`;
}

export class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.stages = [];
    this.programs = new Map();
    this.size = [1, 1];
    this.gl = canvas.getContext('webgl2', {
      alpha: false, antialias: false, preserveDrawingBuffer: true,
    });
    if (!this.gl) throw new Error('webgl');
    this.#prepare();
    canvas.addEventListener('webglcontextlost', (event) => event.preventDefault());
    canvas.addEventListener('webglcontextrestored', () => this.#restore());
  }

  #prepare() {
    const gl = this.gl;
    this.programs.clear();
    const corners = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, corners);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    this.photo = gl.createTexture();
    this.textures = [];
  }

  #restore() {
    this.#prepare();
    if (this.source) this.setPhoto(this.source);
    this.setRendering(this.stages);
    if (this.last) this.draw(...this.last);
  }

  /** The photo: an ImageBitmap, image, canvas or video. */
  setPhoto(source) {
    const gl = this.gl;
    this.source = source;
    this.size = [
      source.videoWidth || source.naturalWidth || source.width,
      source.videoHeight || source.naturalHeight || source.height,
    ];
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.photo);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, source);
    const still = !source.videoWidth;
    if (still) gl.generateMipmap(gl.TEXTURE_2D);
    const shrink = still ? gl.LINEAR_MIPMAP_LINEAR : gl.LINEAR;
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, shrink);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  }

  /** What is done to the photo: parsed stages, or [] for nothing. */
  setRendering(stages) {
    const gl = this.gl;
    this.stages = stages;
    for (const texture of this.textures) gl.deleteTexture(texture);
    this.textures = [];
    for (const { lut, grid } of stages) {
      for (const tensor of [lut, grid]) if (tensor) this.textures.push(this.#texture(tensor));
    }
    this.program = this.#programFor(stages);
  }

  #texture({ shape: [depth, height, width], data }) {
    const gl = this.gl;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_3D, texture);
    gl.texImage3D(
      gl.TEXTURE_3D, 0, gl.RGBA16F, width, height, depth, 0, gl.RGBA, gl.HALF_FLOAT, data);
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
      gl.texParameteri(gl.TEXTURE_3D, filter, gl.LINEAR);
    }
    for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R]) {
      gl.texParameteri(gl.TEXTURE_3D, wrap, gl.CLAMP_TO_EDGE);
    }
    return texture;
  }

  #programFor(stages) {
    const key = stages.map(({ lut, grid }) => `${lut ? 'l' : ''}${grid ? 'g' : ''}`).join();
    if (!this.programs.has(key)) this.programs.set(key, this.#compile(fragment(stages)));
    return this.programs.get(key);
  }

  #compile(source) {
    const gl = this.gl;
    const program = gl.createProgram();
    for (const [kind, code] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, source]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, code);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.bindAttribLocation(program, 0, 'corner');
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(gl.getProgramInfoLog(program));
    }
    const count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) || 0;
    const places = {};
    for (let i = 0; i < count; i += 1) {
      const { name } = gl.getActiveUniform(program, i);
      places[name] = gl.getUniformLocation(program, name);
    }
    return { program, places };
  }

  /** Draw; `amounts` by the name of the stage, `split` from 0 (all changed) to 1 (all as it is). */
  draw(amounts = {}, split = 0) {
    const gl = this.gl;
    if (!this.source) return;
    this.last = [amounts, split];
    this.program ??= this.#programFor(this.stages);
    const { program, places } = this.program;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.useProgram(program);
    gl.uniform1i(places.photo, 0);
    gl.uniform2f(places.size, ...this.size);
    gl.uniform1f(places.split, split);
    let unit = 1;
    this.stages.forEach((stage, i) => {
      gl.uniform1f(places[`amount${i}`], stage.amount * (amounts[stage.name] ?? 1));
      for (const kind of ['lut', 'grid']) {
        if (!stage[kind]) continue;
        gl.activeTexture(gl.TEXTURE0 + unit);
        gl.bindTexture(gl.TEXTURE_3D, this.textures[unit - 1]);
        gl.uniform1i(places[`${kind}${i}`], unit);
        unit += 1;
      }
    });
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.photo);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
}

/** Stages by control: the names that sliders have. */
export const amountsOf = ({ strength = 1, mood = 1, normalise = 1 }) =>
  ({ grade: strength, mood, normalise });
