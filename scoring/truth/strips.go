package truth

// The two loops over labels that take nearly all the time of Dawid–Skene and iBCC. Both
// walk the classes in strips of four, two and one, so that a strip's numbers stay in
// registers while the labels of a task go by. How classes fall into strips changes no bit.

// multiply sets q[k] = prior[k] · Π table[cell·K + k] over the cells.
func multiply(q, prior, table []float64, cells []int32) {
	n, k := len(q), 0
	prior = prior[:n]
	for ; k+4 <= n; k += 4 {
		p := prior[k:][:4]
		v0, v1, v2, v3 := p[0], p[1], p[2], p[3]
		for _, c := range cells {
			f := table[int(c)*n+k:][:4]
			v0 *= f[0]
			v1 *= f[1]
			v2 *= f[2]
			v3 *= f[3]
		}
		r := q[k:][:4]
		r[0], r[1], r[2], r[3] = v0, v1, v2, v3
	}
	if k+2 <= n {
		v0, v1 := prior[k], prior[k+1]
		for _, c := range cells {
			f := table[int(c)*n+k:][:2]
			v0 *= f[0]
			v1 *= f[1]
		}
		q[k], q[k+1] = v0, v1
		k += 2
	}
	if k < n {
		v := prior[k]
		for _, c := range cells {
			v *= table[int(c)*n+k]
		}
		q[k] = v
	}
}

// count adds q[k] to counts[cell·K + k] for each of the cells.
func count(counts, q []float64, cells []int32) {
	n, k := len(q), 0
	for ; k+4 <= n; k += 4 {
		r := q[k:][:4]
		v0, v1, v2, v3 := r[0], r[1], r[2], r[3]
		for _, c := range cells {
			to := counts[int(c)*n+k:][:4]
			to[0] += v0
			to[1] += v1
			to[2] += v2
			to[3] += v3
		}
	}
	if k+2 <= n {
		v0, v1 := q[k], q[k+1]
		for _, c := range cells {
			to := counts[int(c)*n+k:][:2]
			to[0] += v0
			to[1] += v1
		}
		k += 2
	}
	if k < n {
		v := q[k]
		for _, c := range cells {
			counts[int(c)*n+k] += v
		}
	}
}
